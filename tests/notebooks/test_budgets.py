"""The meter behind the table of budgets."""

import subprocess
import sys
import time

from tests.notebooks.meter import Meter, Usage

HOLD = "x = bytearray({} * 2**20); print('held', flush=True); input()"
COMPUTE = "import time\nwhile time.process_time() < {}: pass"


def test_the_meter_sees_the_memory_of_children_too():
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD.format(80)!r}])"
    process = subprocess.Popen([sys.executable, "-c", inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"held\n"
        meter = Meter(process.pid)
        time.sleep(0.5)
        usage = meter.stop("a notebook", {"budget_s": 60, "budget_mib": 64})
    finally:
        process.communicate(b"\n")
    assert 80 < usage.peak_mib < 300
    assert "memory; its header allows 64" in usage.complaint()


def test_the_meter_counts_what_is_computed_by_children_that_have_ended_and_not_what_is_waited_for():
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {COMPUTE.format(0.6)!r}])"
    waits = f"{child}; import time; time.sleep(1); print('done', flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        meter, started = Meter(process.pid), time.monotonic()
        assert process.stdout.readline() == b"done\n"
        passed, seconds = time.monotonic() - started, meter.seconds()
        usage = meter.stop("a notebook", {"budget_s": 0.3, "budget_mib": 500})
    finally:
        process.communicate(b"\n")
    assert 0.5 < seconds < passed - 0.9
    assert "s of processor time; its header allows 0" in usage.complaint()


def test_memory_and_time_have_limits():
    inside = Usage("a", seconds=60, budget_s=60, peak_mib=512, budget_mib=512)
    assert inside.complaint() is None
    assert inside._replace(seconds=61).complaint() == "a took 61 s of processor time; its header allows 60"
    assert inside._replace(peak_mib=513).complaint() == "a took 513 MiB of memory; its header allows 512"
    assert inside.row(3) == "a       60 of   60 s of processor time     512 of    512 MiB"
    assert inside._replace(seconds=61).row(3).endswith("MiB  OVER")
