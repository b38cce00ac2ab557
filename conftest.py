"""What every test run shares: progress of its own, one thread, a division among workers, the table of budgets.

Notebooks are run once, by nbval (solutions/) or by tests/notebooks (chapters/), and measured while they run.
"""

import os
import subprocess
import sys
from pathlib import Path

# One thread for a test and for a kernel that it starts: as many run at once as there are cores. (Before torch is
# imported. Tests of many threads ask for them; the compiled engines use all cores, as they do for a learner.)
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings
from nbval.plugin import IPyNbCell, IPyNbFile

from tests import division
from tests.notebooks import finished
from tests.notebooks.meter import Meter, Usage

ROOT = Path(__file__).parent

# As many tests run as there are cores, so what Hypothesis tries may take its time.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    """No test reads or writes the progress of the person who runs it."""
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "progress"))


# Which tests run, in which order, in which worker


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chapter", metavar="NN", help="only what concerns this chapter: its gates, notebooks, pages …")


def pytest_configure(config: pytest.Config) -> None:
    if (config.option.nbval or config.option.nbval_lax) and not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, "-m", "tests.notebooks.warm"], cwd=ROOT, check=False)
    wanted = config.getoption("chapter")
    if wanted is None:
        return
    there = [path.stem[:2] for path in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))]
    if wanted.zfill(2) not in there:
        raise pytest.UsageError(f"There is no chapter {wanted}; there are: {', '.join(there)}.")
    config.option.chapter = wanted.zfill(2)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --chapter, a file of another chapter is not even read."""
    if config.getoption("chapter") is None or collection_path.is_dir():
        return None
    name = collection_path.relative_to(ROOT).as_posix()
    return None if division.concerns(name, config.getoption("chapter")) else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is asked of a finished notebook stands after its last cell. Workers begin with what takes longest."""
    last = {item.parent: item for item in items if isinstance(item, IPyNbCell)}
    for file, item in last.items():
        place = items.index(item) + 1
        items[place:place] = finished.items_after(file)
    if chapter := config.getoption("chapter"):
        kept = [item for item in items if division.concerns(item.nodeid, chapter)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: division.begins(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, for graders and browsers often wait; five at most: a notebook may take 2 GiB."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores + 1, 5)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> division.Division:
    config.option.loadscopereorder = False  # the order above
    return division.Division(config, log)


# nbval: solutions run strictly, in a kernel that is measured


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
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)  # for tests.notebooks.left_out
        result = yield
    file.stash[finished.METER] = Meter(file.kernel.km.provisioner.process.pid)
    file.stash[finished.TOOK] = {}
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """The processor time of each cell of a solution."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    meter = item.parent.stash[finished.METER]
    before = meter.seconds()
    result = yield
    item.parent.stash[finished.TOOK][item.cell_num] = meter.seconds() - before
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
    if rows:
        terminalreporter.section("notebooks: processor time and memory, of their budgets")
        for row in sorted(rows):
            terminalreporter.write_line(row.row(max(len(row.notebook) for row in rows)))
