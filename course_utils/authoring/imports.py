"""What of the package a chapter's kernel can load: read from the sources, nothing is imported.

An import inside a function counts, for the function may be called. So does a text that names a module where
`import_module` is called, which is how this package loads what is heavy on first use.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from course_utils.cells.syntax import parse

NOT_READ = ("reference.json",)
"""Data that says nothing new: this is made from the chapter's own cells."""


def modules_loaded(package: Path, code: Iterable[str], also: Iterable[str] = ()) -> dict[str, Path]:
    """{"course_utils.toy": file} of every module of `package` (a folder) that these cells may load, directly or not.

    also: modules that are loaded whatever the cells say.
    """
    known = _modules(package)
    waiting = [*also, *(name for cell in code if (tree := parse(cell)) for name in _imported(tree, "", known))]
    found: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        if name in found or name not in known:
            continue
        file = found[name] = known[name]
        within = name if file.name == "__init__.py" else name.rpartition(".")[0]
        waiting += [name.rpartition(".")[0], *_imported(syntax_tree(file.read_bytes()), within, known)]
    return dict(sorted(found.items()))


def data_files(modules: Iterable[Path]) -> list[Path]:
    """What these modules may read: every file in their folders, and below as far as no other package begins.

    Markdown is left out: it is written for people.
    """
    folders = {module.parent for module in modules}
    return sorted({file for folder in folders for file in _data(folder) if file.name not in NOT_READ})


@lru_cache(maxsize=1024)
def syntax_tree(source: bytes) -> ast.Module:
    """The tree of a file of the package, which several chapters load. Trees are shared: do not change one."""
    return ast.parse(source)


def _modules(package: Path) -> dict[str, Path]:
    files = (file for file in package.rglob("*.py") if "__pycache__" not in file.parts)
    parts = ((file.relative_to(package.parent).with_suffix("").parts, file) for file in files)
    return {".".join(part for part in names if part != "__init__"): file for names, file in parts}


def _imported(tree: ast.Module, within: str, known: dict[str, Path]) -> Iterator[str]:
    """Names of modules that code in the package `within` imports; some of them may be no modules of ours."""
    lazily = any("import_module" in (getattr(n, "id", ""), getattr(n, "attr", "")) for n in ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = within.split(".")[: len(within.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif lazily and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (name for name in (node.value, f"{within}.{node.value}") if name in known)


def _data(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__" and not (entry / "__init__.py").exists():
                yield from _data(entry)
        elif entry.suffix not in (".py", ".md"):
            yield entry
