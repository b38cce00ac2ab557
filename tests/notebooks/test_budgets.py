"""The meter behind the table of budgets."""

import subprocess
import sys
import time

from tests.notebooks.meter import Meter, Usage

HOLD = "x = bytearray({} * 2**20); print('held', flush=True); input()"


def test_meter_sees_the_memory_of_children_too():
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


def test_memory_is_strict_and_time_has_slack():
    inside = Usage("a", seconds=60, budget_s=60, peak_mib=512, budget_mib=512)
    assert inside.complaint() is None
    assert inside._replace(seconds=119).complaint() is None
    assert inside._replace(seconds=121).complaint() == "a took 121 s; its header allows 60, 2× at most"
    assert inside._replace(peak_mib=513).complaint() == "a took 513 MiB of memory; its header allows 512"
