"""A real PostgreSQL, started for tests on loopback where its programs are installed."""

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


def _programs() -> Path | None:
    found = shutil.which("pg_ctl") or next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))[::-1]), None)
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def postgres():
    """The beginning of a URL. PostgreSQL does not run as root: there it runs as its own user."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="course-postgres-"))
    user = {}
    if os.geteuid() == 0:
        try:
            shutil.chown(home, "postgres")
        except LookupError:
            pytest.skip("there is no user to run PostgreSQL as")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(*command: object) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([str(word) for word in command], check=True, cwd=home, **quiet, **user)

    data = home / "data"
    run(programs / "initdb", "-D", data, "-U", "course", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run(programs / "pg_ctl", "start", "-w", "-D", data, "-o", options, "-l", home / "log")
    yield f"postgresql+psycopg://course@127.0.0.1:{port}/"
    with contextlib.suppress(subprocess.CalledProcessError):
        run(programs / "pg_ctl", "stop", "-m", "immediate", "-D", data)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres):
    """An empty database of its own."""
    psycopg = pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg")

    name = f"test_{os.urandom(4).hex()}"
    with psycopg.connect((postgres + "postgres").replace("+psycopg", ""), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return postgres + name
