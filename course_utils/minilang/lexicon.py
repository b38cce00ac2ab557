"""The words of the mini-language, by what they do. Data only: nothing here is computed.

Verbs and nouns are chosen so that plain endings are correct English: `walk-s`, `walk-ed`, `hoot-ing`, `oar-s`.
"""

# ruff: noqa: SIM905 - a list of words reads best as a line of words

# ---------------------------------------------------------------- people
WOMEN = "Maria Ada Ingrid Chloe Rosa Amina Helen Yuki Nora Zofia Leila Grace".split()
MEN = "Tom Omar Felix Ravi Hugo Pavel Samuel Kofi Anton Luis Peter Ivan".split()
OCCUPATION_STEMS = (
    "paint clean teach farm garden sing writ build".split()
)  # with -er, two pieces; some are verbs as well
OCCUPATION_WORDS = "doctor artist sailor mayor actor engineer nurse officer".split()
OCCUPATIONS = [stem + "er" for stem in OCCUPATION_STEMS] + OCCUPATION_WORDS

# ---------------------------------------------------------------- topics of the tales
TOPICS = {
    "sea": "harbour oar sail island wave gull lighthouse net shell fin".split(),
    "kitchen": "kettle oven spoon pan pie onion apple plate cup egg".split(),
    "garden": "rose hedge spade seed gate elm acorn tulip orchard fence".split(),
    "music": "violin drum flute organ choir song harp opera piano trumpet".split(),
    "sport": "ball goal team racket arena medal race umpire helmet whistle".split(),
    "library": "book page letter map author poem essay desk novel archive".split(),
    "market": "coin basket sale price offer purse merchant bargain shop auction".split(),
    "railway": "train engine ticket tunnel station signal wagon rail bridge carriage".split(),
}
# homonym -> topic -> the two verbs that may follow it in that sense. Every topic has four homonyms.
HOMONYMS = {
    "bat": {"sport": "crack splinter", "garden": "flutter squeak"},
    "bank": {"market": "fail expand", "sea": "shift soften"},
    "bass": {"music": "sound falter", "sea": "dart leap"},
    "scale": {"music": "ascend falter", "kitchen": "tilt rust"},
    "pitch": {"sport": "darken flood", "music": "waver soar"},
    "bark": {"garden": "peel crack", "sea": "drift groan"},
    "trunk": {"garden": "lean groan", "railway": "jolt tilt"},
    "mint": {"kitchen": "wilt soften", "market": "open fail"},
    "coach": {"railway": "jolt halt", "sport": "shout groan"},
    "plot": {"library": "thicken falter", "garden": "flood ripen"},
    "volume": {"library": "open curl", "music": "soar halt"},
    "match": {"sport": "start end", "kitchen": "burn curl"},
    "seal": {"sea": "dart howl", "library": "crack soften"},
    "stock": {"market": "soar fail", "kitchen": "boil darken"},
    "bolt": {"railway": "rust jolt", "market": "gleam wilt"},
    "line": {"railway": "open end", "library": "curl waver"},
}

# ---------------------------------------------------------------- tales
ADJECTIVES = (
    "old small red heavy quiet broken strange bright tiny dusty famous real elegant ancient odd enormous cheap hidden "
    "warm pale"
).split()
MOTION_VERBS = "walk wander stroll return head limp".split()
MOTION_PREPOSITIONS = "to past toward through".split()
TRANSITIVE_VERBS = "want mend paint need collect clean borrow follow repair enjoy".split()
STAY_VERBS = "stay work remain".split()
TIMES = "morning evening night afternoon day".split()

# ---------------------------------------------------------------- field notes
MODIFIERS = "fern moon stone marsh silver amber elder thorn frost copper ivy ash velvet river willow".split()
HEADS = (
    "owl bell lark moth crown thistle slipper beetle cap star newt robin snail orchid heron wren toad plover "
    "mallow sparrow hornet"
).split()
NOTE_VERBS = (
    "chirp croak growl howl glow gleam drift float hover roam roost nest linger scamper chatter burrow yawn murmur "
    "flutter shiver whisper squeak bloom sprout"
).split()
HABITATS = "pond brook meadow ditch wall mill ridge lane bog cliff barn wood".split()
HABITAT_PREPOSITIONS = "by near above under".split()
SOME = "Two Three Some Many".split()
HOURS = "Dawn Noon Dusk Midnight".split()
WEATHER = ["No wind", "No rain", "Light rain", "Light wind", "Clear sky", "Grey sky"]

# ---------------------------------------------------------------- places, dates, numbers
PLACE_STARTS = "Ash Wal Hol Kel Mor Ten Win Bur Lin".split()
PLACE_ENDS = "ton ham ford by wick worth bury dale field stead mouth port".split()
COUNTIES = "Kent Devon Essex Surrey Norfolk Dorset Rutland Sussex Suffolk Cornwall Durham Cumbria".split()
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
UNITS = "mm kg km".split()
YEARS = [str(year) for year in range(1970, 2000)]
NUMBERS = [str(number) for number in range(1, 100)]

# ---------------------------------------------------------------- code
CODE_OBJECTS = "cart user file page node mail queue table log".split()
CODE_METHODS = [f".{name}" for name in "add open send find drop sort lock copy push close merge split".split()]
CODE_ARGUMENTS = "item path name size text index value line code count label limit".split()
CODE_VARIABLES = "x y n out total row data result".split()
CODE_FUNCTIONS = "load save parse check make read".split()
CODE_FUNCTION_OBJECTS = "_cart _user _file _page _node _mail".split()
CODE_WRAPPERS = "len( max( sum( str(".split()

# ---------------------------------------------------------------- Spanish
SPANISH_HE = "gato perro barco libro caballo viento".split()
SPANISH_SHE = "casa luna rosa mesa noche vela".split()
SPANISH_ADJECTIVES = "verde azul grande triste alegre fuerte mayor real libre".split()  # one form for both genders
SPANISH_VERBS = "canta duerme espera brilla corre baila come sale cae vive llega sueña".split()
SPANISH_PLACES_HE = "pan pie fin parque jardín".split()
SPANISH_PLACES_SHE = "red plaza puerta calle playa".split()
SPANISH_STEMS = "roj blanc negr viej bonit pequeñ".split()  # roj-o, roj-a
SPANISH_ADVERBS = "ya no".split()
SPANISH_PREPOSITIONS = "en por con hasta".split()
SPANISH_OPENERS = "Hoy Aquí Ahora Siempre".split()
SPANISH_NUMBERS = "dos tres once doce".split()
FALSE_FRIENDS = (
    "red pan pie fin sale come mayor real".split()
)  # spelled alike in both languages, and unrelated or nearly

# ---------------------------------------------------------------- memory games
GAMES = ["Memory game", "Packing list", "Roll call"]
LUGGAGE = (
    "rope soap towel candle blanket compass mirror hammer pencil ribbon button needle bucket ladder kite lantern "
    "marble feather pebble biscuit lemon pepper honey butter jacket scarf glove boot sock hat tent torch flask comb "
    "brush knife fork bowl jar box bottle carpet curtain cushion statue puzzle robot rocket magnet bicycle camera "
    "radio clock wheel paper string glue wool silk"
).split()
LIST_ITEMS = LUGGAGE + [noun for nouns in TOPICS.values() for noun in nouns] + HEADS + HABITATS + TIMES
