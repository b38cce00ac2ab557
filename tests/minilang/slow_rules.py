"""The labels once more, from the text alone: one text, one piece at a time, with strings and loops and no tables.

Nothing of the generator or of the fast rules is used: only the word lists and the file of associations.
"""

from pathlib import Path

import course_utils.minilang as ml
from course_utils.minilang import lexicon as lx

NAMES = lx.WOMEN + lx.MEN
SENSE_VERBS = {verb for senses in lx.HOMONYMS.values() for verbs in senses.values() for verb in verbs.split()}
VERBS = {*lx.MOTION_VERBS, *lx.TRANSITIVE_VERBS, *lx.STAY_VERBS, *lx.NOTE_VERBS, *SENSE_VERBS}
TOPIC_OF = {noun: topic for topic, nouns in lx.TOPICS.items() for noun in nouns}
ITEMS = {" " + item for item in lx.LIST_ITEMS}
ORDINALS = ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
LINE_KINDS = {
    "def ": "def",
    "if ": "if",
    "while ": "while",
    "print(": "print",
    "return ": "return",
    "code": "assignment",
}
CONTINUATIONS = {
    "s", "ed", "er", "ing", "o", "a", *lx.PLACE_ENDS, *lx.CODE_FUNCTION_OBJECTS
}  # fmt: skip
AFTER = {
    "a comma": {","},
    "a full stop": {"."},
    "a colon": {":"},
    "a definite article": {" the", " The"},
    "an indefinite article": {" a", " an"},
    "a possessive": {" her", " his"},
    "an adjective": {" " + word for word in lx.ADJECTIVES},
    "a name": {" " + word for word in NAMES},
    "a Spanish article": {" el", " la", " El", " La"},
    "a Spanish preposition": {" " + word for word in lx.SPANISH_PREPOSITIONS},
    "a weekday": set(lx.WEEKDAYS),
    "and, while, y or pero": {" and", " while", " y", " pero"},
}


LINKS = {"thing": {"s"}, "place": {","}, "call": {"("}, "frase": {" ya", " no"}}
BEFORE = {"thing": (" ", " "), "place": (" ", ""), "call": ("", "."), "frase": (" ", " ")}


def meanings() -> list[tuple[str, tuple[str, str], str]]:
    """(table, (first piece, second piece), feature name), from the file."""
    found, table = [], ""
    for line in (Path(ml.__file__).parent / "associations.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            table = line[1:-1]
        elif " : " in line and not line.startswith("#"):
            pairs = [line.split()[i : i + 2] for i in (0, 3, 6)]
            spelled = [(BEFORE[table][0] + first, BEFORE[table][1] + second) for first, second in pairs]
            name = f"{table}/" + " = ".join((first + second).strip() for first, second in spelled)
            found += [(table, pair, name) for pair in spelled]
    return found


MEANINGS = meanings()


def genre_of(text: str) -> str:
    firsts = {
        "tale": ("One ", "Late ", "Early "),
        "notes": ("Field ",),
        "code": ("def ",),
        "spanish": tuple(f"{word} " for word in lx.SPANISH_OPENERS),
        "list": ("Memory ", "Packing ", "Roll "),
        "keys": ("key: ",),
        "table": ("Log ",),
    }
    return next(genre for genre, starts in firsts.items() if text.startswith(starts))


def is_secret(piece: str) -> bool:
    """Two characters, letters and digits, of a shape that no word has."""
    shape = "".join("9" if c.isdigit() else "A" if c.isupper() else "a" for c in piece)
    return len(piece) == 2 and piece.isalnum() and shape in ("a9", "A9", "9a", "9A", "aA")


def slow_labels(text: str) -> list[set[str]]:
    """For each position, <bos> first, the names of the features that hold and that the piece alone does not decide."""
    pieces = [ml.PIECES[token] for token in ml.encode(text)]
    genre = genre_of(text)
    return [set()] + [
        {f"genre/{genre}"}
        | whole_text(pieces[: i + 1], genre)
        | meaning(pieces[: i + 1], genre)
        | structure(pieces[: i + 1], genre)
        | position(pieces[: i + 1], genre)
        | repetition(pieces[: i + 1], genre)
        for i in range(1, len(pieces))
    ]


def latest(words: list[str], kinds) -> str:
    return next((word for word in reversed(words) if word in kinds), "")


def whole_text(pieces: list[str], genre: str) -> set[str]:
    found, words, here, before = set(), [piece.strip() for piece in pieces], pieces[-1], pieces[-2].strip()
    if genre == "tale":
        spaced = [piece.strip() if piece.startswith(" ") else "" for piece in pieces]
        if noun := latest(spaced, TOPIC_OF):
            found.add(f"topic/{TOPIC_OF[noun]}")
            if words[-1] in lx.HOMONYMS and here.startswith(" ") and TOPIC_OF[noun] in lx.HOMONYMS[words[-1]]:
                found.add(f"sense/{words[-1]} ({TOPIC_OF[noun]})")
        endings = [b for a, b in zip(pieces, pieces[1:]) if a.strip() in VERBS and b in ("s", "ed")]
        if endings:
            found.add("tense/past" if endings[0] == "ed" else "tense/present")
        if person := latest(spaced, NAMES):
            woman = person in lx.WOMEN
            found.add("gender/woman" if woman else "gender/man")
            if here.strip().lower() in (("she", "her") if woman else ("he", "his")) and here.startswith(" "):
                found.add(f"pronoun/{person}")
    if here.startswith(" ") and words[-1] in NAMES:
        found.add("reference/a name again" if here in pieces[:-1] else "reference/a new name")
    told = [a + b for a, b in zip(words, words[1:]) if b == "er" and a in lx.OCCUPATION_STEMS]
    told += [word for piece, word in zip(pieces, words) if piece == " " + word and word in lx.OCCUPATION_WORDS]
    now = before + "er" if here == "er" else words[-1] if here.startswith(" ") else ""
    if now in told:
        found.add("reference/an occupation again" if told.count(now) > 1 else "reference/a new occupation")
    return found


def meaning(pieces: list[str], genre: str) -> set[str]:
    found, here, before = set(), pieces[-1].strip(), pieces[-2].strip()
    if len(pieces) > 2:
        first, second, link = pieces[-3:]
        found |= {name for table, spelling, name in MEANINGS if (first, second) == spelling and link in LINKS[table]}
    if pieces[-1] == " " + here and here in lx.FALSE_FRIENDS:
        found.add(f"false friend/{here}, {'Spanish' if genre == 'spanish' else 'English'}")
    spanish_nouns = lx.SPANISH_HE + lx.SPANISH_SHE
    if pieces[-1] == "s":
        person = before in lx.OCCUPATION_WORDS or (before == "er" and pieces[-3].strip() in lx.OCCUPATION_STEMS)
        found |= {"ending/-s, plural"} if person or before in TOPIC_OF or before in lx.HEADS else set()
        found |= {"ending/-s, verb"} if before in VERBS else set()
        found |= {"ending/-s, Spanish plural"} if before in spanish_nouns and before not in TOPIC_OF else set()
    return found


def structure(pieces: list[str], genre: str) -> set[str]:
    found, here = set(), pieces[-1]
    marks = [i for i, piece in enumerate(pieces) if piece in (' "', ',"')]
    if marks and pieces[marks[-1]] == ' "' and here != ' "':
        found.add("quotation/inside")
    line = "".join(pieces[1:]).rsplit("\n", 1)[-1]
    stack = [bracket for bracket in line if bracket in "([)]"]
    depth = 0
    for bracket in stack:
        depth = depth + 1 if bracket in "([" else max(depth - 1, 0)
    found |= {f"bracket/depth {min(depth, 3)}"} if depth else set()
    breaks = [i for i, piece in enumerate(pieces) if "\n" in piece]
    if genre == "code":
        found |= {"string/inside"} if pieces.count('"') % 2 and here != '"' else set()
        spaces = len(pieces[breaks[-1]].lstrip("\n")) if breaks else 0
        found.add(f"indentation/level {spaces // 4}")
        start = breaks[-1] + 1 if breaks else 1
        if start < len(pieces):
            kind = LINE_KINDS.get(pieces[start], "call" if pieces[start] in lx.CODE_OBJECTS else "")
            found |= {f"line/{kind} line"} if kind else set()
    if genre == "table" and breaks and breaks[-1] < len(pieces) - 1:
        found.add(f"column/column {min(pieces[breaks[-1] :].count(' |') + 1, 3)}")
    if here.strip() in lx.NUMBERS and here.startswith(" "):
        found |= {"number/day"} if pieces[-2] in lx.WEEKDAYS else {"number/amount"} if pieces[-2] == " |" else set()
    return found


def position(pieces: list[str], genre: str) -> set[str]:
    found = {f"after/{what}" for what, kinds in AFTER.items() if pieces[-2] in kinds}
    continued = 0
    while pieces[-1 - continued] in CONTINUATIONS:
        continued += 1
    if continued and pieces[-1 - continued].strip(" (").isalpha():
        found.add(f"word position/{ORDINALS[min(continued + 1, 3)]} piece")
    if genre in ("tale", "notes", "spanish") and pieces[-1] != ".":
        count = len(pieces) - 1 - max(i for i, piece in enumerate(pieces) if piece == "." or i == 0)
        found.add(f"sentence position/{ORDINALS[count] if count < 8 else 'later'} piece")
    secrets = 0
    while is_secret(pieces[-1 - secrets]):
        secrets += 1
    if secrets:
        found.add(f"key position/piece {secrets if secrets < 9 else '9 or later'}")
    return found


def repetition(pieces: list[str], genre: str) -> set[str]:
    found, here, earlier = set(), pieces[-1], pieces[:-1]
    pair_again = (pieces[-2], here) in list(zip(earlier, earlier[1:]))
    found |= {"repetition/piece"} if here in earlier else set()
    found |= {"repetition/pair"} if pair_again else set()
    if genre in ("list", "keys") and (is_secret(here) or here in ITEMS):
        found.add("copy/copied" if pair_again else "copy/seen elsewhere" if here in earlier else "copy/new")
    if genre == "list":
        said = pieces.count(" Again")
        found.add("copy/" + ["first list", "second list", "third list", "later list"][min(said, 3)])
    if genre == "keys":
        found.add("copy/key" if latest(pieces, ("key: ", "copy: ")) == "key: " else "copy/key's copy")
    return found
