"""10.7: ten latents named from their cards. Whether it was done is checked, not which way."""

from typing import Any

from course_utils.checking import ValueExercise
from course_utils.checking.report import Report
from course_utils.checking.tame import tame
from course_utils.minilang import PIECES
from course_utils.sae.explain import CLAUSE, PLACE, UnreadableExplanation, read
from course_utils.sae.unreadable import LIKE_THIS, advice

TEN = 10
ALIKE = 2  # cards that may get a name which another one has: latents of one feature can look the same
OURS = [
    'at "s"; 1 before " slipper"',
    'at "def "',
    'at " la" or " el"',
    'at "s"; 1 before " owl" or " lark"; 2 before " fern"',
    '2 before " amber"',
    'at ","; 1 before "ford"',
    'earlier " Again"; at ":"',
    'at "("; 1 before ".add"; not 2 before "cart"',
    'at ",\\""',
    '1 before " the"',
]
"""Ten names that a program can read; of no dictionary in particular."""


def with_one(name: Any) -> list:
    return [*OURS[:3], name, *OURS[4:]]


class TenNames(ValueExercise):
    id, title = "10.7", "Ten names"
    difficulty, minutes, points, needs = "B", 25, 2, []
    unmutated = "What is checked is that there are ten names, not which: a mutant of a name is a name."
    checked = (
        "Ten names, each for its own latent, and each says where a latent should fire. Whether it does there is what "
        "the next cells ask."
    )
    hints = [
        "Begin with the piece in brackets: is it the same on all lines? Then compare with the near misses: what stands "
        "before it where the latent fires, and not where it is silent?",
        'Write what you see as clauses: `at "s"; 1 before " owl" or " lark"`. A word has its space before it, ⏎ is '
        'written "\\n", and `earlier "…"` is for what stands anywhere before.',
    ]

    def oracle(self) -> list[str]:
        return OURS

    def examine(self, answer: Any, seed: int) -> Report:
        names = tame(answer)
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            return self.failed("A list is wanted, of ten texts.", mistake=self._kind(names))
        if len(names) != TEN:
            return self.failed(f"You handed in {len(names)}.", mistake="too few" if len(names) < TEN else "too many")
        for number, name in enumerate(names):
            if (mistake := self._fault(name)) is not None:
                return self.failed(f"Name {number} (from 0) is {name!r}.", *_why(name), mistake=mistake)
        if (different := len(set(map(_meaning, names)))) < TEN - ALIKE:
            seen = (
                f"{TEN} names, {different} different {'one' if different == 1 else 'ones'}; at most {ALIKE} may repeat."
            )
            return self.failed(seen, mistake="the same name for many")
        return self.passed(self.checked)

    def refusal(self, seed: int):
        return lambda answer: self.examine(answer, seed).status == "failed"

    @staticmethod
    def _kind(names: Any) -> str | None:
        if isinstance(names, str):
            return "one text"
        return "no texts" if isinstance(names, (list, tuple)) else None

    @staticmethod
    def _fault(name: str) -> str | None:
        """Which known mistake a name is, or None for one that can be read."""
        if not name.strip():
            return "an empty name"
        try:
            read(name, PIECES)
        except UnreadableExplanation as problem:
            if name.replace('\\"', "").count('"') % 2:
                return "an open quotation"
            if not CLAUSE.search(name) and advice(name, PLACE) != LIKE_THIS:
                return "other marks"
            if '"' not in name:
                return "words without pieces"
            if not CLAUSE.search(name):
                return "pieces without a place"
            return "no such piece" if "is no piece" in str(problem) else "beside the clauses"
        return None

    mistakes = {
        "too few": (OURS[:9], "Every one of the ten cards needs a name, in the order of the cards."),
        "too many": ([*OURS, 'at " owl"'], "There are ten cards: one name for each, in their order."),
        "one text": ("; ".join(OURS), "Make it a list, a text for each card: the names are read one by one."),
        "no texts": (
            list(range(10)),
            "A name is a text, in quotation marks: what the latent is about.",
        ),
        "an empty name": (
            with_one("  "),
            "If you see nothing in a card, write the best guess that you have: a bad name is an answer, too.",
        ),
        "words without pieces": (
            with_one("ends the name of an animal"),
            'Only a person could check this one. Say it in pieces and places: at "s"; 1 before " owl" or " lark".',
        ),
        "pieces without a place": (
            with_one('fires for "s" of an owl'),
            'Say where the piece stands: `at` (the piece itself), `2 before`, or `earlier`. For example at "s".',
        ),
        "other marks": (
            with_one("At 's'; 1 before ' owl'"),
            'A program reads it, letter by letter. Like this: at "s"; 1 before " owl".',
        ),
        "no such piece": (
            with_one('at "owls"'),
            "All pieces must be ones of the language. Copy them from the card, with the space that begins a word.",
        ),
        "beside the clauses": (
            with_one('at "s" of an owl'),
            "Nothing else may stand beside the clauses, and each must be one that can be so: at …, 2 before …, earlier "
            "…, or not … .",
        ),
        "an open quotation": (
            with_one('at "s; 1 before " owl"'),
            'A quotation mark is missing: each piece stands between two of them, as in at "s".',
        ),
        "the same name for many": (
            [OURS[0]] * 4 + OURS[4:],
            "A few latents may be alike, not so many. What does one have that another hasn't? See their near misses.",
        ),
    }
    rewrites = [
        list(reversed(OURS)),
        tuple(OURS),
        [OURS[1], OURS[1], *OURS[2:]],
        [name.replace("; ", " and ") for name in OURS],
        [f"not earlier {name.split(' ', 1)[1]}" if name.startswith("at") else name for name in OURS[:1]] + OURS[1:],
    ]


def _meaning(name: str) -> frozenset:
    """What a name says, whatever the order of its clauses and pieces."""
    return frozenset((c.place, frozenset(c.pieces), c.denied) for c in read(name, PIECES).clauses)


def _why(name: str) -> list[str]:
    try:
        read(name, PIECES)
    except UnreadableExplanation as problem:
        return [str(problem)]
    return []
