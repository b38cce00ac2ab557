"""What a model computes inside, on many documents, in memory or on disk.

    acts = activations(model, corpus.tokens, ["blocks.0.mlp.hook_post"], path="gelu-1l")
    acts["blocks.0.mlp.hook_post"]                    # [document, position, neuron], as `corpus.labels(…)` has them
    rows = acts["blocks.0.mlp.hook_post"].flatten(0, 1)                # [row, neuron], a view, for a dictionary
    rows[torch.randint(len(rows), (4096,), generator=generator)]       # reads these rows from disk and no others

A store is a folder with one NumPy file for each hook, which `numpy.load` reads too. While it is being written its
folder is called `….part`; it gets its name when it is whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.lm.errors import several, suggestion

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


ROWS_AT_ONCE = 65_536  # documents whose numbers are looked at together


class UnknownHook(KeyError):
    """The model has no hook of this name; the message says which come close."""

    def __str__(self) -> str:
        return str(self.args[0])


class _AllSeen(Exception):
    """Ends a forward pass once every hook has been met."""


def activations(
    model: TransformerBridge,
    tokens: Int[Tensor | np.ndarray, "document position"],
    hook_names: str | Sequence[str],
    *,
    batch_size: int = 64,
    dtype: torch.dtype = torch.float32,
    path: str | Path | None = None,
) -> dict[str, Float[Tensor, "document position ..."]]:
    """The activations at some hooks on all documents, by the name of the hook, on the CPU.

    The first axis is the document; the others are as TransformerLens has them: ``hook_resid_post`` [document, position,
    d_model], ``hook_post`` [document, position, d_mlp], ``hook_z`` [document, position, head, d_head], ``hook_pattern``
    [document, head, query, key]. They equal those of ``run_with_cache``, but the pass ends after the last hook asked
    for, and nothing else is kept. Beyond the result there is never more than one batch in memory, and with ``path``
    the result is not in memory either.

    Args:
        hook_names: as in ``model.hook_dict``; one may stand by itself.
        batch_size: documents at a time.
        dtype: of the result: float32, or float16, which takes half the room and keeps 3 digits.
        path: where to write a store, a folder that must not exist yet. Its tensors are memory-mapped: what is read of
            them is loaded, and what is changed in them does not reach the disk.

    Raises:
        UnknownHook: a name that the model does not have.
        ValueError: a hook that is switched off, is not met in a forward pass, or has no row for each document; another
            ``dtype``; no documents; tokens that are no numbers of pieces; a ``batch_size`` that is no whole number of
            at least 1.
        OverflowError: a number too large for float16 (more than 65 504).
        FileExistsError: there is something at ``path``.
    """
    if dtype not in (torch.float32, torch.float16):
        raise ValueError(f"activations are kept as torch.float32 or torch.float16, not {dtype}.")
    check_batch_size(batch_size)
    hook_names = known_hooks(model, hook_names)
    tokens = documents(model, tokens)
    if len(tokens) == 0 or not hook_names:
        raise ValueError(f"{len(tokens)} documents and {len(hook_names)} hooks: there is nothing to keep.")
    batches = _batches(model, tokens, list(dict.fromkeys(hook_names)), batch_size, dtype)
    if path is None:
        return _collect(batches, len(tokens))
    _write(batches, len(tokens), Path(path))
    stored = open_activations(path)
    return {name: stored[name] for name in hook_names}


def known_hooks(model: TransformerBridge, hook_names: str | Sequence[str]) -> list[str]:
    """The names as a list. Raises UnknownHook for one that the model does not have, ValueError for no names."""
    hook_names = several(hook_names)
    for name in hook_names:
        if name not in model.hook_dict:
            near = suggestion(name, list(model.hook_dict)) if isinstance(name, str) else ""
            raise UnknownHook(f"the model has no hook {name!r}.{near}")
    return hook_names


def check_batch_size(batch_size: int) -> None:
    """Raises ValueError for what is no number of documents."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(
            f"batch_size is how many documents at a time, a whole number of at least 1, not {batch_size!r}."
        )


def documents(model: TransformerBridge, tokens: Int[Tensor | np.ndarray, "document position"]) -> Tensor | np.ndarray:
    """The numbers of pieces, as they can be read, if they are such.

    Raises:
        ValueError: texts, or something else that isn't [document, position]; numbers that stand for no piece.
    """
    if isinstance(tokens, str) or (isinstance(tokens, Sequence) and any(isinstance(each, str) for each in tokens)):
        raise ValueError("tokens are numbers of pieces, not texts: model.to_tokens makes them, read_texts reads texts.")
    if not isinstance(tokens, Tensor):
        tokens = np.asarray(tokens)
        tokens = tokens.astype(tokens.dtype.newbyteorder("="), copy=False)
    if tokens.ndim != 2 or (len(tokens) and not tokens.shape[1]):
        raise ValueError(f"tokens must be [document, position], got {list(tokens.shape)}.")
    part = range(0, len(tokens), ROWS_AT_ONCE)
    for rows in (torch.as_tensor(tokens[start : start + ROWS_AT_ONCE]) for start in part):
        rows = rows if rows.is_complex() or rows.is_floating_point() else rows.long()
        if rows.is_complex() or (rows.is_floating_point() and bool((rows != rows.trunc()).any())):
            raise ValueError(f"tokens are whole numbers, those of pieces, got {tokens.dtype}.")
        if int(rows.min()) < 0 or int(rows.max()) >= model.cfg.d_vocab:
            wrong = int(rows.min()) if int(rows.min()) < 0 else int(rows.max())
            raise ValueError(f"there is no piece {wrong}: they are numbered from 0 to {model.cfg.d_vocab - 1}.")
    return tokens


def open_activations(path: str | Path) -> dict[str, Float[Tensor, "document position ..."]]:
    """The memory-mapped activations in a store that ``activations`` finished, by the name of the hook.

    Raises FileNotFoundError if there is none, or one that was begun and never finished; ValueError, which names the
    file, if one is damaged.
    """
    path = Path(path)
    if not path.is_dir():
        begun = " One was begun there and not finished: compute it again." if _part(path).exists() else ""
        raise FileNotFoundError(f"no store of activations at {path}.{begun}")
    if not (files := sorted(path.glob("*.npy"))):
        raise FileNotFoundError(f"no store of activations at {path}: there are no .npy files in this folder.")
    return {file.stem: _mapped(file) for file in files}


def _mapped(file: Path) -> Tensor:
    """With "c": copy on write, so that tensors may be changed as any other and the file is safe."""
    try:
        return torch.from_numpy(np.load(file, mmap_mode="c"))
    except (ValueError, TypeError, EOFError) as problem:  # cut off, or of something else
        raise ValueError(f"{file} is damaged: {problem}") from problem


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _batches(
    model: TransformerBridge, tokens: Tensor | np.ndarray, names: list[str], batch_size: int, dtype: torch.dtype
) -> Iterator[dict[str, Tensor]]:
    """The activations of a few documents at a time, by hook, with a progress bar over the documents."""
    with tqdm(total=len(tokens), desc="activations", unit="document", delay=1, mininterval=1, leave=False) as bar:
        for start in range(0, len(tokens), batch_size):
            batch = torch.as_tensor(tokens[start : start + batch_size]).long().to(model.cfg.device)
            yield {name: _cast(value, name, len(batch), dtype) for name, value in _run(model, batch, names).items()}
            bar.update(len(batch))


@torch.no_grad()
def _run(model: TransformerBridge, batch: Tensor, names: list[str]) -> dict[str, Tensor]:
    """The activations at these hooks, computing no more of the model than it takes."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor | tuple) -> None:
        seen[name] = value[0] if isinstance(value, tuple) else value
        if len(seen) == len(names):
            raise _AllSeen

    def keeper(name: str):
        return lambda value, hook: keep(name, value)

    try:
        model.run_with_hooks(batch, fwd_hooks=[(name, keeper(name)) for name in names], return_type=None)
    except _AllSeen:
        return {name: seen[name] for name in names}
    raise ValueError(f"a forward pass of this model never meets {', '.join(n for n in names if n not in seen)}.")


def _cast(value: Tensor, name: str, n_documents: int, dtype: torch.dtype) -> Tensor:
    if value.shape[0] != n_documents:
        raise ValueError(f"{name} has shape {list(value.shape)} on {n_documents} documents: it has no row for each.")
    cast = value.to("cpu", dtype)
    if dtype == torch.float16 and (cast.isinf() & value.isfinite().cpu()).any():
        raise OverflowError(f"{name} has values beyond ±65504, which float16 can't hold: keep it as float32.")
    return cast


def _collect(batches: Iterator[dict[str, Tensor]], n_documents: int) -> dict[str, Tensor]:
    """All batches in memory, each copied once to its place."""
    out: dict[str, Tensor] = {}
    start = 0
    for batch in batches:
        for name, value in batch.items():
            if name not in out:
                out[name] = torch.empty((n_documents, *value.shape[1:]), dtype=value.dtype)
            out[name][start : start + len(value)] = value
        start += len(value)
    return out


def _write(batches: Iterator[dict[str, Tensor]], n_documents: int, path: Path) -> None:
    """All batches into NumPy files, one a hook, under a name that says "part" until they are whole.

    Plain writing, since the pages of a file that is mapped for writing would count as this process's memory.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists: open_activations reads it if it is a store; else choose another path.")
    part = _part(path)
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    part.mkdir(parents=True)
    try:
        with ExitStack() as stack:
            files = {}
            for batch in batches:
                for name, value in batch.items():
                    array = np.ascontiguousarray(value.numpy())
                    if name not in files:
                        files[name] = stack.enter_context((part / f"{name}.npy").open("wb"))
                        header = {"descr": array.dtype.str, "fortran_order": False}
                        header |= {"shape": (n_documents, *array.shape[1:])}
                        np.lib.format.write_array_header_1_0(files[name], header)
                    files[name].write(array.data)
        os.replace(part, path)
    except BaseException:  # an interruption too
        shutil.rmtree(part, ignore_errors=True)
        raise
