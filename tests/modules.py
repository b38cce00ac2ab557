"""Importing a module from a file, as tests do with exercises that they write."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def loaded(file: Path, name: str | None = None) -> ModuleType:
    """The module in `file`. It is in sys.modules, for that is where the source of its classes is looked for."""
    spec = importlib.util.spec_from_file_location(name or file.stem, file)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
