"""`import course_utils` is light: what is heavy is imported by the part that needs it, when it needs it."""

import subprocess
import sys

HEAVY = "torch plotly transformer_lens transformers numba numpy pandas ipywidgets IPython jupytext nbformat typer"


def modules_after(statement: str) -> set[str]:
    """Names in sys.modules of a fresh interpreter after `statement`."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stdout.split())


def test_import_course_utils_imports_nothing_heavy():
    assert modules_after("import course_utils") & set(HEAVY.split()) == set()


def test_import_course_utils_imports_little():
    """Counted in modules: a count is the same on every machine, seconds are not."""
    assert len(modules_after("import course_utils") - modules_after("pass")) < 150


def test_import_prints_nothing():
    ran = subprocess.run([sys.executable, "-c", "import course_utils"], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")
