"""What one process of a worker may use. Both sides of the pipe read this: it imports nothing."""

from typing import NamedTuple

MIB = 1 << 20


class Limits(NamedTuple):
    """Bytes, seconds, numbers. `memory` comes on top of what a process has when it starts."""

    memory: int = 4096 * MIB
    scratch: int = 256 * MIB
    cpu_s: int = 3600
    processes: int = 64
    file: int = 128 * MIB


DEFAULT = Limits()
