"""Writing safetensors so that the same tensors give the same bytes."""

import json
import os
from pathlib import Path

from safetensors.torch import save
from torch import Tensor


def write_weights(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """A safetensors file with its metadata in alphabetical order; a kill half-way leaves no half file behind ``path``.

    The library keeps metadata in a hash map and writes it in another order every time.
    """
    raw = save(tensors, metadata=metadata)
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of eight bytes
    half = path.with_suffix(".half")
    half.write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + length :])
    os.replace(half, path)
