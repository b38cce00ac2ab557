"""The command line that puts a worker into bubblewrap: which files it sees, and as whom it runs."""

import os
import shutil
import sys
from pathlib import Path

_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32")
_THREADS = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]
SCRATCH = "/scratch"  # a worker's own place to write; /tmp leads there
_PACKAGE = Path(__file__).resolve().parents[1]


def available() -> str | None:
    """Path of bubblewrap, if it is installed and this is Linux."""
    return shutil.which("bwrap") if sys.platform == "linux" else None


def command(tree: Path, scratch: int, filter_fd: int | None = None) -> list[str]:
    """`bwrap …`, to be followed by the program. tree: from make_tree. scratch: bytes of SCRATCH and /dev/shm.

    filter_fd: where bubblewrap reads a filter of system calls, if there is one.

    As root the process keeps the right to change to another user, which it does first of all; nobody else has any.
    """
    if os.geteuid() == 0:
        user = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        user = ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    spaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    return [
        *(available() or "bwrap", "--new-session", *user, *spaces, "--hostname", "worker"),
        *(() if filter_fd is None else ("--seccomp", str(filter_fd))),
        *_visible(tree),
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--size", str(scratch), "--tmpfs", "/dev/shm"),
        *("--size", str(scratch), "--perms", "1777", "--tmpfs", SCRATCH, "--perms", "1777", "--tmpfs", "/numba"),
        *("--remount-ro", "/", "--chdir", SCRATCH, "--clearenv"),
        *(word for key, value in environment("/course", SCRATCH).items() for word in ("--setenv", key, value)),
    ]


def environment(tree: str, home: str) -> dict[str, str]:
    """All the environment that a worker has."""
    return {
        **dict.fromkeys(_THREADS, "1"),
        "HOME": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "NUMBA_CACHE_DIR": "/numba" if home == SCRATCH else f"{home}/numba",
        "PATH": f"{sys.prefix}/bin",
        "PIP_NO_INDEX": "1",  # says at once that it finds nothing: trying a network takes longer than a cell has
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PLOTLY_RENDERER": "plotly_mimetype",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": tree,
        "PYTHONSAFEPATH": "1",
        "TMPDIR": home,
        "TQDM_DISABLE": "1",
    }


def _visible(tree: Path) -> list[str]:
    """Read-only: shared libraries, the interpreter, its environment, and the tree. The course itself is masked."""
    shown = _outermost([Path(sys.base_prefix), Path(sys.prefix), Path(sys.base_exec_prefix), Path(sys.exec_prefix)])
    options: list[str] = []
    # bubblewrap makes the parents of mount points for their owner alone, and the worker is somebody else.
    parents = {parent for folder in [*shown, Path("/usr/lib"), Path("/etc/x")] for parent in folder.parents}
    for parent in sorted(parents - {Path("/")}):
        options += ["--perms", "0755", "--dir", str(parent)]
    for library in map(Path, _LIBRARIES):
        if library.is_symlink():
            options += ["--symlink", os.readlink(library), str(library)]
        elif library.is_dir():
            options += ["--ro-bind", str(library), str(library)]
    options += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for folder in shown:
        parts = ("bin", "lib", "lib64", "include") if folder == Path("/usr") else ("",)
        for path in (folder / part for part in parts):
            if path.is_dir():
                options += ["--ro-bind", str(path), str(path)]
    if Path("/tmp") not in parents:  # unless the course is installed below it
        options += ["--symlink", SCRATCH, "/tmp"]
    if any(_PACKAGE.is_relative_to(folder) for folder in shown):
        options += ["--tmpfs", str(_PACKAGE)]
    return [*options, "--ro-bind", str(tree), "/course"]


def _outermost(folders: list[Path]) -> list[Path]:
    """Without repeats and without folders inside another of them."""
    found = {folder.resolve() for folder in folders} | set(folders)
    return sorted(f for f in found if not any(f != other and f.is_relative_to(other) for other in found))
