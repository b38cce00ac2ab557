"""Keys: strings that mean nothing, each written twice. "key: x7Q3aGk9==\\ncopy: x7Q3aGk9==\\nkey: …" """

import numpy as np

from course_utils.minilang.pen import LENGTH, Pen
from course_utils.minilang.vocabulary import PIECE_ID, SECRETS

SECRET = np.array([PIECE_ID[piece] for piece in SECRETS])
SHORTEST, LONGEST, STOP = 5, 12, 0.25


def write_keys(pen: Pen) -> None:
    """Fills every document of `pen` with keys and their copies."""
    while len(rows := pen.unfinished()):
        pen.write(rows, PIECE_ID["key: "])
        start = pen.length[rows].copy()
        going = rows
        for number in range(LONGEST):
            if number >= SHORTEST:
                going = going[pen.toss(going, 1 - STOP, STOP) == 0]
            pen.write(going, SECRET[(pen.rng.random(len(going)) * len(SECRET)).astype(int)], np.log(len(SECRET)))
        pen.write(rows, PIECE_ID["=="])
        size = pen.length[rows] - start
        pen.write(rows, PIECE_ID["\n"])
        pen.write(rows, PIECE_ID["copy: "])
        fits = pen.length[rows] < LENGTH
        pen.copy(rows[fits], start[fits], size[fits])
        pen.write(rows, PIECE_ID["\n"])
