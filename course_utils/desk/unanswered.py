"""Cells that use an answer which isn't written yet: they say so in a line, where Python shows a page of traceback.

Under Run All most cells of a fresh chapter are of this kind. And where nobody watches, papermill calls a run failed if
a cell shows an error: an exercise that nobody has tried is none.
"""

import re
import sys
from typing import Any

from course_utils.checking.report import Report, note
from course_utils.desk.display import show

STUB = re.compile(r"^Exercise (\S+): write your code here$")


def tell_in_a_line() -> None:
    """From now on, in this kernel. Nothing happens without one, or where somebody else handles exceptions."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if getattr(shell, "kernel", None) is not None and not shell.custom_exceptions:
        shell.set_custom_exc((NotImplementedError,), _tell)


def missing(error: BaseException) -> Report | None:
    """What to say if the error comes from a gap that the course left; None for any other."""
    stub = STUB.match(str(error))
    if not isinstance(error, NotImplementedError) or stub is None:
        return None
    return note(
        f"This cell needs your answer to exercise {stub[1]}, which isn't written yet.",
        "Write it in its cell above, in place of `raise NotImplementedError(…)`, run that cell, then this one.",
        label=stub[1],
    )


def _tell(shell: Any, kind: type, error: BaseException, traceback: Any, tb_offset: int | None = None) -> None:
    """IPython's handler: the cell counts as failed, as before."""
    said = missing(error)
    if said is None:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    else:
        show(said)
