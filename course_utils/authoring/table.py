"""The table of `course verify`, a line as soon as an exercise is done."""

from course_utils.authoring.verify import Verdict


def line(row: Verdict) -> str:
    """`1.4     ✓ stub  ✓ reference  ✓ 5 mistakes  ✗ 3 rewrites   0.04 s  Its title`, and below it what is wrong."""
    gates = "  ".join(f"{'✗' if gate in row.faults else '✓'} {tried}" for gate, tried in row.gates.items())
    seconds = "" if row.seconds is None else f"{row.seconds:.2f} s"
    wrong = [f"          {gate}: {fault}" for gate, faults in row.faults.items() for fault in faults]
    return "\n".join([f"{row.id:<8}{gates:<80}{seconds:>7}  {row.title}", *wrong])


def summary(rows: list[Verdict]) -> str:
    """The last line: how many exercises passed all gates."""
    bad = [row.id for row in rows if not row.ok]
    return f"{len(rows)} verified, all gates pass." if not bad else f"{len(bad)} of {len(rows)} fail: {', '.join(bad)}"
