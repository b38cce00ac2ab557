"""Features that the piece alone decides: kinds of words, endings, numbers, marks. An embedding gives them for free."""

# ruff: noqa: SIM905 - a list of words reads best as a line of words

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature
from course_utils.minilang.vocabulary import ENDINGS, PIECE_ID, PIECES, SECRETS, spaced

_SENSE_VERBS = [verb for senses in lx.HOMONYMS.values() for verbs in senses.values() for verb in verbs.split()]
_ALL_VERBS = sorted({*lx.MOTION_VERBS, *lx.TRANSITIVE_VERBS, *lx.STAY_VERBS, *lx.NOTE_VERBS, *_SENSE_VERBS})
_COLOURS = "red pale verde azul roj blanc negr silver copper amber".split()
_SIZES = "small tiny enormous grande pequeñ".split()
_ANIMALS = (
    "owl lark moth beetle newt robin snail heron wren toad plover sparrow hornet caballo gull bat gato perro".split()
)
_PLANTS = (
    "thistle orchid mallow willow rose elm acorn tulip fern thorn elder ash ivy rosa apple onion orange lemon".split()
)
_WATERS = "river marsh pond brook ditch bog harbour wave playa".split()
_FOOD = "pie onion apple egg pan biscuit lemon pepper honey butter".split()
_CLOTHES = "slipper cap crown helmet jacket scarf glove boot sock hat".split()
_VESSELS = "kettle pan cup plate basket bucket bowl jar box bottle flask".split()
_BUILDINGS = "lighthouse arena shop station bridge mill barn archive tent casa".split()


def _present(words: list[str]) -> list[str]:
    return [piece for piece in spaced(words) if piece in PIECE_ID]


def _number(low: int, high: int) -> list[str]:
    return [f" {n}" for n in lx.NUMBERS if low <= int(n) <= high]


def kinds() -> dict[str, tuple[str, list[str]]]:
    """what -> (definition, pieces)"""
    words = {
        "woman's name": ("a woman's name", spaced(lx.WOMEN)),
        "man's name": ("a man's name", spaced(lx.MEN)),
        "name": ("a person's name", spaced(lx.WOMEN, lx.MEN)),
        "she": ("She, she or her", [" She", " she", " her"]),
        "he": ("He, he or his", [" He", " he", " his"]),
        "possessive": ("her or his", [" her", " his"]),
        "first person": ("I or We", ["I", "We"]),
        "the": ("the English definite article", [" the", " The", "The"]),
        "indefinite article": ("a or an", [" a", " an"]),
        "an": ("the article an", [" an"]),
        "be": ("a form of be", spaced("was were is are".split())),
        "be, plural": ("were or are", [" were", " are"]),
        "be, past": ("was or were", [" was", " were"]),
        "say": ("said or says", [" said", " says"]),
        "occupation": ("an occupation, or the stem of one", spaced(lx.OCCUPATION_STEMS, lx.OCCUPATION_WORDS)),
        "homonym": ("a word whose sense depends on the topic", spaced(lx.HOMONYMS)),
        "adjective": ("an English adjective", spaced(lx.ADJECTIVES)),
        "motion verb": ("the stem of a verb of going somewhere", spaced(lx.MOTION_VERBS)),
        "transitive verb": ("the stem of a verb that takes an object", spaced(lx.TRANSITIVE_VERBS)),
        "verb of staying": ("the stem of a verb of staying somewhere", spaced(lx.STAY_VERBS)),
        "verb of the notes": ("the stem of a verb for what things of nature do", spaced(lx.NOTE_VERBS)),
        "verb": ("the stem of an English verb", spaced(_ALL_VERBS)),
        "some": ("Two, Three, Some or Many", spaced(lx.SOME)),
        "modifier": ("the first word of folk names", spaced(lx.MODIFIERS)),
        "head": ("the second word of folk names", spaced(lx.HEADS)),
        "habitat": ("where things of nature live", spaced(lx.HABITATS)),
        "preposition": (
            "an English preposition",
            spaced("in near from by above under".split(), lx.MOTION_PREPOSITIONS),
        ),
        "conjunction": ("and, while, y or pero", spaced("and while y pero".split())),
        "time of day": ("morning, evening, Dawn …", spaced(lx.TIMES, lx.HOURS)),
        "today or yesterday": ("Today or Yesterday", spaced(["Today", "Yesterday"])),
        "luggage": ("a thing to pack: an item of lists only", spaced(lx.LUGGAGE)),
        "colour": ("a colour, in either language, or a stuff that names one", _present(_COLOURS)),
        "size": ("a word for a size, in either language", _present(_SIZES)),
        "animal": ("an animal, in either language", _present(_ANIMALS)),
        "plant": ("a plant or a fruit, in either language", _present(_PLANTS)),
        "water": ("a body of water, or land by it", _present(_WATERS)),
        "food": ("something to eat", _present(_FOOD)),
        "clothing": ("something to wear", _present(_CLOTHES)),
        "vessel": ("something that holds things", _present(_VESSELS)),
        "building": ("something built to be in or on", _present(_BUILDINGS)),
        "place, first piece": ("the first piece of a place name", spaced(lx.PLACE_STARTS)),
        "county": ("a county", spaced(lx.COUNTIES)),
        "place, last piece": ("the last piece of a place name", lx.PLACE_ENDS),
        "ending": ("an ending of nouns, verbs or adjectives", ENDINGS),
        "past ending": ("the ending -ed", ["ed"]),
        "participle ending": ("the ending -ing", ["ing"]),
        "occupation ending": ("the ending -er", ["er"]),
        "month": ("a month", spaced(lx.MONTHS)),
        "winter month": ("December, January or February", spaced("December January February".split())),
        "weekday": ("a weekday", lx.WEEKDAYS),
        "weekend": ("Sat or Sun", ["Sat", "Sun"]),
        "year": ("a year", spaced(lx.YEARS)),
        "seventies": ("a year of the 1970s", spaced(year for year in lx.YEARS if year < "1980")),
        "number": ("a number below 100", spaced(lx.NUMBERS)),
        "number below 10": ("a number below 10", _number(1, 9)),
        "number 10 to 49": ("a number from 10 to 49", _number(10, 49)),
        "number 50 to 99": ("a number from 50 to 99", _number(50, 99)),
        "unit": ("a unit of measurement", spaced(lx.UNITS)),
        "object": ("an object of code", lx.CODE_OBJECTS),
        "method": ("a method of code", lx.CODE_METHODS),
        "argument": ("an argument of code", lx.CODE_ARGUMENTS),
        "variable": ("a variable of code", lx.CODE_VARIABLES),
        "keyword": ("a keyword of code", ["def ", "return ", "if ", "while ", "not "]),
        "function": ("print, len, max, sum or str", ["print(", *lx.CODE_WRAPPERS]),
        "secret": ("a piece of a random string", SECRETS),
        "secret, digit first": (
            "a piece of a random string that begins with a digit",
            [p for p in SECRETS if p[0].isdigit()],
        ),
        "secret, capital": ("a piece of a random string with a capital", [p for p in SECRETS if p.lower() != p]),
        "Spanish article, masculine": ("El or el", [" El", " el"]),
        "Spanish article, feminine": ("La or la", [" La", " la"]),
        "Spanish noun, masculine": ("a masculine Spanish noun", spaced(lx.SPANISH_HE, lx.SPANISH_PLACES_HE)),
        "Spanish noun, feminine": ("a feminine Spanish noun", spaced(lx.SPANISH_SHE, lx.SPANISH_PLACES_SHE)),
        "Spanish adjective": (
            "a Spanish adjective, or the stem of one",
            spaced(lx.SPANISH_ADJECTIVES, lx.SPANISH_STEMS),
        ),
        "Spanish verb": ("a Spanish verb", spaced(lx.SPANISH_VERBS)),
        "Spanish preposition": ("a Spanish preposition", spaced(lx.SPANISH_PREPOSITIONS)),
        "Spanish adverb": ("a Spanish adverb before a verb", spaced(lx.SPANISH_ADVERBS)),
        "Spanish number": ("a Spanish number", spaced(lx.SPANISH_NUMBERS)),
    }
    words |= {f"{topic} noun": (f"a noun of the topic {topic}", spaced(nouns)) for topic, nouns in lx.TOPICS.items()}
    return words


def spellings() -> dict[str, tuple[str, list[str]]]:
    """what -> (definition, pieces), by how a piece is written"""
    pieces = PIECES[1:]
    return {
        "full stop": ("a full stop", ["."]),
        "comma": ("a comma, with a closing quotation mark or not", [",", ',"']),
        "colon": ("a piece with a colon", [piece for piece in pieces if ":" in piece]),
        "opening quotation mark": ("an opening quotation mark", [' "']),
        "closing quotation mark": ("a closing quotation mark", [',"']),
        "bar": ("the bar between columns", [" |"]),
        "line break": ("a piece that begins a new line", [piece for piece in pieces if piece.startswith("\n")]),
        "opens a bracket": ("a piece with an opening bracket", [p for p in pieces if "(" in p or "[" in p]),
        "closes a bracket": ("a piece with a closing bracket", [p for p in pieces if ")" in p or "]" in p]),
        "capital": ("a piece whose first letter is a capital", [p for p in pieces if p.strip(' "')[:1].isupper()]),
        "space before": ("a piece that begins with a space", [p for p in pieces if p.startswith(" ")]),
        "vowel first": (
            "a word in lower case that begins with a vowel, after a space",
            [p for p in pieces if p[0] == " " and p[1:2] in tuple("aeiou")],
        ),
        "double letter": (
            "a piece with a double letter",
            [p for p in pieces if any(a == b and a.isalpha() for a, b in zip(p, p[1:]))],
        ),
    }


def features() -> list[Feature]:
    groups = [("word", kinds()), ("spelling", spellings())]
    return [
        Feature(
            f"{family}/{what}", family, definition, True, "token", tuple(sorted({PIECE_ID[piece] for piece in pieces}))
        )
        for family, described in groups
        for what, (definition, pieces) in described.items()
    ]
