"""Functions compiled by Numba, as the engines of `toy`, `computing` and `sae` want them."""

from numba import njit

MATHS = {"reassoc", "contract", "nsz", "arcp"}  # not nnan and ninf: a run that diverges must be seen to


def compiled(function):
    """``njit`` with the compiled code kept on disk, or without where no folder can be written to."""
    options = {"nogil": True, "fastmath": MATHS, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)
