"""What every test run shares: progress of its own, and the time and memory each notebook takes.

Notebooks are run once, by nbval (solutions/) or by tests/notebooks (chapters/), and measured while they run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from tests.notebooks.meter import Meter, Usage


@pytest.fixture
def measured(record_property) -> Callable:
    """`with measured("chapters/01.ipynb", pid, course_metadata): …` puts one row into the table at the end."""

    @contextmanager
    def measure(notebook: str, pid: int, budget: dict) -> Iterator[None]:
        meter = Meter(pid)
        yield
        usage = meter.stop(notebook, budget)
        record_property("usage", tuple(usage))
        assert usage.complaint() is None

    return measure


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    """No test reads or writes the progress of the person who runs it."""
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "progress"))


# nbval: solutions run strictly, in a kernel that is measured; one more test per notebook holds its budget.


class Budget(pytest.Item):
    """Runs after the last cell of a notebook, before its kernel stops."""

    def runtest(self) -> None:
        usage = self.parent.meter.stop(self.parent.path.relative_to(self.config.rootpath).as_posix(), self.course)
        self.user_properties.append(("usage", tuple(usage)))
        if complaint := usage.complaint():
            pytest.fail(complaint, pytrace=False)

    @property
    def course(self) -> dict:
        return self.parent.nb.metadata.course

    def reportinfo(self):
        return self.path, 0, f"{self.parent.name}: time and memory"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put a Budget after the last cell of every notebook that states one."""
    last = {item.parent: item for item in items if isinstance(item, IPyNbCell)}
    for file, item in last.items():
        if "budget_s" in file.nb.metadata.get("course", {}):
            items.insert(items.index(item) + 1, Budget.from_parent(file, name="Budget"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item):
    """The first cell's set-up starts the notebook's kernel: strict, offline, with a progress of its own."""
    file = item.parent
    if not isinstance(file, IPyNbFile) or file.kernel is not None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        data = item.config._tmp_path_factory.mktemp("progress")
        for name, value in {"COURSE_STRICT": "1", "COURSE_DATA_DIR": str(data), "HF_HUB_OFFLINE": "1"}.items():
            patch.setenv(name, value)
        result = yield
    file.meter = Meter(file.kernel.km.provisioner.process.pid)
    return result


def pytest_terminal_summary(terminalreporter) -> None:
    """The table of budgets."""
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    rows = [
        Usage(*value)
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == "usage"
    ]
    if not rows:
        return
    terminalreporter.section("notebooks: time and memory, of their budgets")
    width = max(len(row.notebook) for row in rows)
    for row in sorted(rows):
        line = f"{row.notebook:{width}}  {row.seconds:5.0f} of {row.budget_s:4.0f} s"
        line += f"  {row.peak_mib:6.0f} of {row.budget_mib:6.0f} MiB"
        terminalreporter.write_line(line + ("" if row.complaint() is None else "  OVER"))
