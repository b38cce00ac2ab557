"""What an executed solution was executed with: a hash for each room of the package that its kernel can load.

Rewording a comment or a docstring, or another layout, changes no hash, since no output comes of it. Texts that a
learner is shown stand in the code, so they count.
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from course_utils.authoring import clean
from course_utils.authoring.imports import data_files, modules_loaded, syntax_tree
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource

CLEANING = Path(clean.__file__)
"""The rules by which outputs are cleaned shape them too."""


def fingerprint(chapter: ChapterSource, repository: Repository) -> dict[str, str]:
    """{"toy": hash, …} of everything in the package that the outputs of this chapter may come from."""
    own = f"{repository.package.name}.exercises.ch{int(chapter.number):02d}"
    code = [cell.source for cell in chapter.cells if cell.kind == "code"]
    modules = list(modules_loaded(repository.package, code, also=[own]).values())
    hashes = {file.relative_to(repository.package).as_posix(): _hash(file) for file in modules + data_files(modules)}
    rooms: dict[str, list[str]] = {}
    for path in sorted(hashes):
        rooms.setdefault(path.partition("/")[0], []).append(f"{path} {hashes[path]}")
    found = {room: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] for room, lines in rooms.items()}
    return {**found, "authoring/clean.py": _hash(CLEANING)[:16]}


def rooms_changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Rooms that are not what they were, or that were not loaded then, or are not now."""
    return [room for room in sorted({*before, *now}) if before.get(room) != now.get(room)]


def _hash(file: Path) -> str:
    return _code_hash(file.read_bytes()) if file.suffix == ".py" else hashlib.sha256(file.read_bytes()).hexdigest()


@lru_cache(maxsize=1024)
def _code_hash(source: bytes) -> str:
    return hashlib.sha256("\n".join(_outline(syntax_tree(source))).encode()).hexdigest()


def _outline(node: ast.AST) -> Iterator[str]:
    """The tree as lines of text, without what has no effect (a text that stands alone: every docstring is one).

    Not `ast.dump`, for that says the same differently in other versions of Python: fields that are empty are left out.
    """
    yield type(node).__name__
    for name, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and not _stands_alone(part):
                yield f"{name}:"
                yield from _outline(part)
            elif part is not None and not isinstance(part, ast.AST):
                yield f"{name}={part!r}"
    yield "."


def _stands_alone(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return is_text or isinstance(node, ast.expr_context)
