"""Chapters to plan: a little one to read, and any at all for laws."""

from hypothesis import strategies as st

from course_utils.planning.material import ChapterMaterial, Reading, Task


def task(id: str, minutes: int = 10, difficulty: str = "B", needs: tuple[str, ...] = (), points: int = 2) -> Task:
    return Task(id, f"Exercise {id}", difficulty, minutes, points, needs)


LITTLE = ChapterMaterial(
    "1",
    "Doubling",
    (
        Reading("Start", 5),
        task("1.1", 10),
        Reading("On", 5),
        task("1.2", 15, needs=("1.1",)),
        task("1.3", 20, "C", needs=("1.1",)),
        task("1.4", 30, "D"),
        task("1.5", 8, "C", needs=("1.1", "1.3")),
    ),
    quiz=5,
)


@st.composite
def any_chapter(draw, number: str) -> ChapterMaterial:
    """Up to eight exercises that need any of those before them, with texts between."""
    parts, before = [], {}
    for n in range(1, draw(st.integers(1, 8)) + 1):
        if draw(st.booleans()):
            parts.append(Reading(f"Text {n}", draw(st.integers(1, 30))))
        chosen = draw(st.lists(st.sampled_from(sorted(before)), max_size=2)) if before else []
        needs = {*chosen}.union(*(before[id] for id in chosen))
        before[f"{number}.{n}"] = needs
        difficulty = draw(st.sampled_from("ABCD"))
        parts.append(task(f"{number}.{n}", draw(st.integers(1, 40)), difficulty, tuple(sorted(needs))))
    return ChapterMaterial(number, f"Chapter {number}", tuple(parts), quiz=draw(st.integers(0, 5)))


any_chapters = st.integers(1, 3).flatmap(lambda count: st.tuples(*(any_chapter(str(n)) for n in range(count))))
