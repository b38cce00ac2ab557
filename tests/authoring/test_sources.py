"""Titles that chapters name, and the README's list of sources."""

from pathlib import Path

import pytest

from course_utils.authoring.source import parse_source, read_source
from course_utils.authoring.sources import linked, listed, not_listed

ROOT = Path(__file__).parents[2]
README = """# A course

Not *This Title*.

## Sources

- Elhage et al. 2022, [*Toy Models of
  Superposition*](https://example.org/toy). Chapter 01 follows it.
- Fisher 1935, *The Design of Experiments*; Belrose et al. 2023, [*LEACE: Perfect Erasure*](https://example.org/leace);
  Makelov 2024, [*Towards Evaluations for Control*](https://example.org/towards).

## Licence

Not [*That Title*](https://example.org/that).
"""
HEADER = (
    "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     language: python\n#     name: python3\n"
    '#   course: {chapter: "01", title: A, reading: 1, budget_s: 60, budget_mib: 2048}\n# ---\n\n'
)


def chapter(text: str):
    lines = "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
    code = "# %%\nx = '*Toy Models of Superposition*'\n"
    return parse_source(f"{HEADER}# %% [markdown]\n{lines}\n\n{code}", "01_a", "01_a.py")


def test_the_list_is_the_section_sources():
    assert listed(README) == {
        "toy models of superposition": "https://example.org/toy",
        "the design of experiments": "",
        "leace": "https://example.org/leace",
        "towards evaluations for control": "https://example.org/towards",
    }
    assert listed("# A README without sources") == {}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2022, *Toy Models of Superposition*, 3", "2022, [*Toy Models of Superposition*](https://example.org/toy), 3"),
        ("*Toy models\nof superposition*", "[*Toy models\nof superposition*](https://example.org/toy)"),
        ('*2022, "Toy Models of Superposition".*', '*2022, ["Toy Models of Superposition"](https://example.org/toy).*'),
        ("*LEACE*", "[*LEACE*](https://example.org/leace)"),
        ("*LEACE: Another Subtitle*", "[*LEACE: Another Subtitle*](https://example.org/leace)"),
        ("*Towards … Control*", "[*Towards … Control*](https://example.org/towards)"),
        ("*Towards Evaluations …*", "[*Towards Evaluations …*](https://example.org/towards)"),
        ("1935, *The Design of Experiments*", "1935, *The Design of Experiments*"),
        ("where $D^*$ is 1 *LEACE* is", "where $D^*$ is 1 [*LEACE*](https://example.org/leace) is"),
        ("**LEACE** and LEACE", "**LEACE** and LEACE"),
        ("[*LEACE*](https://example.org/mine)", "[*LEACE*](https://example.org/mine)"),
    ],
)
def test_a_title_with_an_address_becomes_a_link(written, read):
    text, code = linked(chapter(written), listed(README)).cells
    assert text.source == read
    assert code.source == "x = '*Toy Models of Superposition*'"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A 2022,\n*Toy Models of Superposition*, and Fisher (1935, *The Design of Experiments*).", None),
        ("Elhage et al. 2022, section *Geometry*; 2023, *LEACE*", None),
        ("First.\nA 2022, *Toy\nMoles*, B", "01_a.py:12: cites *Toy Moles*, which is not among the README's Sources"),
        ('A (2022), "Toy Moles"', '01_a.py:11: cites "Toy Moles", which is not among the README\'s Sources'),
    ],
)
def test_what_a_chapter_cites_is_in_the_list(text, problem):
    assert [str(each) for each in not_listed(chapter(text), listed(README))] == ([problem] if problem else [])


def test_most_sources_can_be_opened():
    """But for a book of 1935."""
    known = listed((ROOT / "README.md").read_text(encoding="utf-8"))
    without = {title for title, address in known.items() if not address}
    assert len(known) > 80
    assert without == {"the design of experiments"}


def test_every_chapter_leads_to_its_sources():
    known = listed((ROOT / "README.md").read_text(encoding="utf-8"))
    for path in sorted((ROOT / "solutions").glob("*.py")):
        text = "\n".join(cell.source for cell in linked(read_source(path), known).cells if cell.kind == "markdown")
        assert text.count("](https://") >= 4, path.name
