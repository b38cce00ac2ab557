"""Text to pieces and back: always the longest piece that fits, from left to right."""

from collections.abc import Iterable

from course_utils.minilang.vocabulary import BOS, PIECE_ID, PIECES

LONGEST = max(map(len, PIECES[1:]))


class UnknownText(ValueError):
    """The text holds something that no piece of the mini-language begins with."""


def encode(text: str) -> list[int]:
    """Numbers of the pieces of `text`, after the piece that begins every document.

    >>> [PIECES[i] for i in encode(" The fern owl hovers.")]
    ['<bos>', ' The', ' fern', ' owl', ' hover', 's', '.']

    Raises UnknownText, naming place and word, where no piece fits.
    """
    numbers, start = [PIECE_ID[BOS]], 0
    while start < len(text):
        for end in range(min(len(text), start + LONGEST), start, -1):
            number = PIECE_ID.get(text[start:end])
            if number:  # neither missing nor <bos>
                numbers.append(number)
                start = end
                break
        else:
            word = (text[start:].split() or [text[start:]])[0]
            raise UnknownText(
                f"the mini-language has no piece for {word[:20]!r} at character {start}, after {text[:start][-20:]!r}. "
                "Words in running text carry the space before them, and names and sentences their capital."
            )
    return numbers


def decode(tokens: Iterable[int]) -> str:
    """The text of `tokens`: their pieces put together, <bos> left out.

    Raises ValueError for a number that is no piece's: below 0, or as many as there are pieces and above.
    """
    numbers = [int(token) for token in tokens]
    for number in numbers:
        if not 0 <= number < len(PIECES):
            raise ValueError(f"there is no piece {number}: they are numbered from 0 to {len(PIECES) - 1}")
    return "".join(PIECES[number] for number in numbers if number)
