"""What is asked of a solution notebook after its last cell, in the kernel that has run it: that it kept to its budget,
that a learner may leave one exercise out, and that a learner may go back to any cell.
"""

import ast
from collections.abc import Iterator

import pytest
from nbval.plugin import IPyNbFile

from course_utils.authoring.source import read_source
from course_utils.authoring.stubs import names_used_outside, stub
from tests.notebooks.left_out import Raised, without
from tests.notebooks.meter import Meter

QUICK = 2.0  # seconds of processor time: a cell that took less is run again
AT_MOST = 300  # seconds to wait for what is run again

METER = pytest.StashKey[Meter]()
TOOK = pytest.StashKey[dict[int, float]]()
"""Kept with nbval's file: the meter of its kernel, and the processor time of every cell that has run and passed."""

REHEARSE = """\
(lambda room: [*map(tuple, room.rehearse(eval({rehearsal!r}, vars(room)), get_ipython().user_ns))])\
(__import__("tests.notebooks.left_out", fromlist=["rehearse"]))"""


class Finished(pytest.Item):
    """Runs after the cells of a notebook, before its kernel stops. Its parent is nbval's file."""

    def setup(self) -> None:
        if len(self.parent.stash.get(TOOK, {})) < len(code_cells(self.parent)):
            pytest.skip("not all cells of the notebook have run and passed")

    def reportinfo(self):
        return self.path, 0, f"{self.parent.name}: {self.name}"

    def ask(self, code: str, expression: str = "None") -> dict:
        """The kernel's reply to a cell, with the value of an expression after it."""
        client = self.parent.kernel.kc
        reply = client.execute_interactive(
            code,
            store_history=False,
            user_expressions={"value": expression},
            allow_stdin=False,
            stop_on_error=False,
            output_hook=lambda message: None,
            timeout=AT_MOST,
        )
        return reply["content"]


class Budget(Finished):
    """Time and memory of the run that has just ended."""

    def runtest(self) -> None:
        name = self.path.relative_to(self.config.rootpath).as_posix()
        usage = self.parent.stash[METER].stop(name, self.parent.nb.metadata.course)
        self.user_properties.append(("usage", tuple(usage)))
        if complaint := usage.complaint():
            pytest.fail(complaint, pytrace=False)


class LeftOut(Finished):
    """One exercise is left out: cells that need its answer say so, or do without."""

    exercise: str

    def runtest(self) -> None:
        chapter = read_source(self.path.with_suffix(".py"))
        cells = [cell for cell in chapter.cells if cell.kind == "code"]
        stubs = {
            number: stub(cell.source, cell.exercise, names_used_outside(chapter, cell))
            for number, cell in enumerate(cells)
            if cell.exercise
        }
        (answer,) = [number for number, cell in enumerate(cells) if cell.exercise == self.exercise]
        rehearsal = without(answer, [cell.source for cell in cells], stubs)
        value = self.ask("", REHEARSE.format(rehearsal=repr(rehearsal)))["user_expressions"]["value"]
        if value["status"] == "error":
            pytest.fail(f"the rehearsal itself failed: {value['ename']}: {value['evalue']}", pytrace=False)
        raised = [Raised(*each) for each in ast.literal_eval(value["data"]["text/plain"])]
        left_out = {cells[step.cell].exercise for step in rehearsal.steps if step.cell in stubs}
        if found := [each for each in raised if not says_so(each, left_out)]:
            pytest.fail("\n\n".join(f"{e.exception}: {e.message}\nin\n{cells[e.cell].source}" for e in found), False)


class GoingBack(Finished):
    """Every quick cell is run once more, in the namespace that the notebook left, the last one first: a learner who
    goes back finds what later cells have made of the names.
    """

    def runtest(self) -> None:
        cells, took = code_cells(self.parent), self.parent.stash[TOOK]
        failed = []
        for number in sorted(took, reverse=True):
            if took[number] < QUICK and (reply := self.ask(cells[number]))["status"] == "error":
                failed.append(f"{reply['ename']}: {reply['evalue']}\nin\n{cells[number]}")
        if failed:
            pytest.fail("\n\n".join(failed), pytrace=False)


def items_after(file: IPyNbFile) -> Iterator[Finished]:
    """What is asked of a notebook that states a budget, as all of the course's do."""
    if "budget_s" not in file.nb.metadata.get("course", {}):
        return
    yield Budget.from_parent(file, name="Budget")
    for id in [cell.metadata.exercise for cell in file.nb.cells if "exercise" in cell.metadata]:
        item = LeftOut.from_parent(file, name=f"{id} left out")
        item.exercise = id
        yield item
    yield GoingBack.from_parent(file, name="going back")


def says_so(raised: Raised, left_out: set[str]) -> bool:
    """Whether a cell names the exercise that it can't do without."""
    return any(f"xercise {id}:" in raised.message or f"xercise {id} " in raised.message for id in left_out)


def code_cells(file: IPyNbFile) -> list[str]:
    return [cell.source for cell in file.nb.cells if cell.cell_type == "code"]
