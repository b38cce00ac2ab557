"""`course board`: the live board's server, and what is done to its database beside it."""

import math
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from course_utils.authoring.errors import CourseError
from course_utils.desk.event_wire import clean

Title = Annotated[str, typer.Option(help="What learners and the page call this board.")]
Port = Annotated[int, typer.Option(min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; without it, all of this machine.")]
Database = Annotated[str, typer.Option(help="A SQLite file, or a database URL: postgresql+psycopg://…")]
Plan = Annotated[Path | None, typer.Option(help="A timetable that `course plan` wrote.", exists=True, dir_okay=False)]
Starts = Annotated[
    str | None, typer.Option(help="The timetable's first day: 2026-12-01. The hours are the timetable's.")
]
Prefix = Annotated[str, typer.Option(help="The path under which a proxy puts the board: /room7.")]
Address = Annotated[str, typer.Option(help="What learners type, where a proxy stands before the board.")]
Code = Annotated[str, typer.Option(help="A join code of your own.")]
Forget = Annotated[str | None, typer.Option(help="Delete a learner with all their events; everybody with '*'.")]
Import = Annotated[Path | None, typer.Option("--import", help="A learner's exported progress.", dir_okay=False)]
Name = Annotated[str, typer.Option(help="Whose the imported progress is, if the board can't tell.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask before everybody is forgotten.")]

EVERYBODY = "*"
SHORTEST_CODE = 6
MOST_NAMES = 20  # that are listed


def board(
    title: Title = "",
    port: Port = 8642,
    host: Host = "0.0.0.0",
    database: Database = "board.sqlite",
    plan: Plan = None,
    starts: Starts = None,
    prefix: Prefix = "",
    address: Address = "",
    code: Code = "",
    forget: Forget = None,
    import_file: Import = None,
    name: Name = "",
    yes: Yes = False,
) -> None:
    """Show live what learners do who joined: who is where, who is stuck, which misconceptions there are.

    Prints what learners type and the address of your page. Started again on the same database it is the same board.
    """
    from sqlalchemy.exc import SQLAlchemyError

    if address and urlsplit(address).scheme not in ("http", "https"):
        raise CourseError(f"--address wants all of it, like https://example.org/room7, not {address!r}.")
    if starts and not plan:
        raise CourseError("--starts goes with --plan FILE, the timetable that starts then.")
    if forget is not None and "://" not in database and not Path(database).exists():
        raise CourseError(
            f"There is no board in {_where(database)}: go to its folder, or name its file with --database."
        )
    store = _open(database)
    try:
        if forget is not None:
            _forget(store, forget, yes)
        elif import_file is not None:
            _import(store, import_file, name)
        else:
            prefix = _prefix(prefix or urlsplit(address).path)
            _serve(store, title, _code(code), host, port, _timetable(plan, starts), prefix, address, database)
    except SQLAlchemyError as error:
        raise CourseError(f"The board's database cannot be used: {_short(error)}") from error
    finally:
        store.close()


def _serve(store, title, code, host, port, timetable, prefix, address, database) -> None:
    import uvicorn

    from course_utils.board import catalogue
    from course_utils.board.app import make_app
    from course_utils.board.service import Service

    typer.echo("Loading the exercises …", err=True)
    known = catalogue.load()
    settings = store.board(title, code)
    bases = _bases(address, host, port, prefix)
    join_line = f'join("{bases[0]}", "{settings.code}", name="your name")'
    plain = not bases[0].startswith("https:")
    service = Service(store, settings, known, *timetable)
    app = make_app(service, join_line, prefix, plain)
    config = uvicorn.Config(app, host, port, log_level="warning", access_log=False, server_header=False)
    config.timeout_graceful_shutdown = 5
    config.timeout_keep_alive = 30
    sock = _listening(config)
    typer.echo(announcement(settings, bases, join_line, plain, _where(database)))
    sys.stdout.flush()  # `course board | tee log` shows it at once
    try:
        _until_stopped(uvicorn.Server, config, service).run(sockets=[sock])
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _until_stopped(server: type, config, service):
    """A server that lets its pages go before it waits for open connections."""

    class Server(server):
        async def shutdown(self, sockets=None) -> None:
            service.live.close()
            await super().shutdown(sockets)

    return Server(config)


def announcement(settings, bases: list[str], join_line: str, plain: bool, where: str) -> str:
    """What is printed at the start, to be read from the back of a room."""
    lines = [
        "",
        f"  {settings.title}",
        "",
        "  Learners run the first cell of any chapter, then type in a cell of their own:",
        "",
        f"      {join_line}",
        "",
        f"  Address     {bases[0]}",
        *(f"         or   {base}" for base in bases[1:]),
        f"  Join code   {settings.code}",
        "",
        f"  Your page   {bases[0]}/?key={settings.key}",
        "              Open it yourself; whoever has this address sees what you see.",
        "",
        f"  Kept in     {where}",
    ]
    if _loopback(bases[0]):
        lines.append("  Only this machine can reach this address. For others: leave --host out, or give --address.")
    if plain:
        lines.append("  Plain HTTP: whoever is on the same network can read what is sent. No code, no answers are.")
    return "\n".join([*lines, "  Stop with Ctrl-C; the same command goes on with the same board.", ""])


def _listening(config):
    """The socket, taken before anything is promised."""
    import socket

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    sock = socket.socket(family=family)
    if sys.platform != "win32":  # there it would let two servers share a port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((config.host, config.port))
    except OSError as error:
        sock.close()
        raise CourseError(
            f"Port {config.port} of {config.host} can't be used ({error.strerror or error}): "
            f"is a board running there already? Another one is chosen with --port {config.port + 1}."
        ) from error
    sock.set_inheritable(True)
    return sock


def _bases(address: str, host: str, port: int, prefix: str) -> list[str]:
    """Base addresses for learners, the likeliest first."""
    from course_utils.board.addresses import lan_addresses

    if address:
        return [address.rstrip("/")]
    everywhere = host in ("", "0.0.0.0", "::")
    hosts = (lan_addresses() or ["127.0.0.1"]) if everywhere else [f"[{host}]" if ":" in host else host]
    return [f"http://{each}:{port}{prefix}" for each in hosts]


def _loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _forget(store, name: str, yes: bool) -> None:
    learners = store.learners()
    if name == EVERYBODY:
        if not yes:
            typer.confirm(f"Delete all {len(learners)} learners and everything they did?", abort=True)
        gone = store.forget([each.id for each in learners])
        store.raise_revision()
        typer.echo(f"Forgotten: {len(learners)} learners with {gone} events.")
        return
    found = store.named(clean(name))  # as names are kept: a terminal may write é as two characters
    if found is None:
        names = ", ".join(each.name for each in learners[:MOST_NAMES]) or "nobody"
        more = f", and {len(learners) - MOST_NAMES} more" if len(learners) > MOST_NAMES else ""
        raise CourseError(f"There is no {name} on this board; there is {names}{more}.")
    gone = store.forget([found.id])
    store.raise_revision()
    typer.echo(f"Forgotten: {found.name} with {gone} events.")


def _import(store, file: Path, name: str) -> None:
    from course_utils.board import catalogue
    from course_utils.board.importing import bring_in, read_progress

    try:
        found = read_progress(file)
        learner, new, left_out = bring_in(found, store, catalogue.load(), name)
    except OSError as error:
        raise CourseError(f"{file} can't be read ({error.strerror}). Is its name right?") from error
    except ValueError as error:
        raise CourseError(str(error)) from error
    store.raise_revision()
    typer.echo(f"{learner.name}: {new} new events of {len(found)}; {left_out} are of kinds that a board never takes.")


def _open(database: str):
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from course_utils.board.storage import Store

    url = database if "://" in database else sa.URL.create("sqlite", database=database)
    try:
        return Store(url)
    except (ArgumentError, ImportError) as error:
        raise CourseError(f"--database does not do: {error}") from error
    except SQLAlchemyError as error:
        advice = "Is there such a folder, and may you write in it? --database names another file."
        raise CourseError(f"The board's database cannot be used: {_short(error)}. {advice}") from error


def _timetable(plan: Path | None, starts: str | None) -> tuple[dict[str, float] | None, list[tuple[float, float]]]:
    """When exercises should be done, and the pauses, in seconds since 1970. Before the first day and after the last one
    nobody is to work either: a board that is tried the evening before says nothing of hours."""
    if plan is None:
        return None, []
    from course_utils.planning.schedule import planned_ends, planned_pauses, planned_span, read

    try:
        first = datetime.fromisoformat(starts.strip()) if starts else datetime.now()
    except ValueError:
        raise CourseError(f"--starts wants a day, like 2026-12-01, not {starts!r}.") from None
    try:
        schedule = read(plan.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{plan}: {error}") from error
    ends = {id: end.timestamp() for id, end in planned_ends(schedule, first).items()}
    if not ends:
        raise CourseError(f"{plan}: this timetable has no exercise by which the pace could be told.")
    pauses = [(start.timestamp(), end.timestamp()) for start, end in planned_pauses(schedule, first)]
    begins, over = (moment.timestamp() for moment in planned_span(schedule, first))
    return ends, [(0.0, begins), *pauses, (over, math.inf)]


def _prefix(text: str) -> str:
    text = text.strip("/")
    return f"/{text}" if text else ""


def _code(code: str) -> str:
    if code and sum(each.isalnum() for each in code) < SHORTEST_CODE:
        raise CourseError(f"A join code of your own needs {SHORTEST_CODE} letters or digits.")
    if any(each in '"\\' or not each.isprintable() for each in code):  # it stands between quotes in what learners type
        raise CourseError("A join code may have no quotation marks and no backslashes.")
    return code.strip()


def _where(database: str) -> str:
    """The file in full, or the URL without its password."""
    if "://" not in database:
        return str(Path(database).resolve())
    import sqlalchemy as sa

    return sa.make_url(database).render_as_string(hide_password=True)


def _short(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
