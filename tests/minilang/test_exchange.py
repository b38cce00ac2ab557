"""Which pieces are of the same kind."""

from course_utils import minilang
from course_utils.minilang import PIECES


def may(one: str, other: str) -> bool:
    return bool(minilang.exchangeable()[PIECES.index(one), PIECES.index(other)])


def test_months_for_months_and_heads_for_heads():
    assert may(" June", " May") and may(" owl", " newt") and may(" moon", " velvet")


def test_not_across_kinds_nor_for_itself_nor_without_a_kind():
    assert not may(" owl", " fern") and not may(" owl", " owl") and not may(".", ",")


def test_not_if_one_is_also_something_else():
    assert not may(" fern", " velvet")  # a fern is a plant, too


def test_not_for_an_ending_nor_across_looks():
    assert not may("s", "o") and not may(" Dusk", " morning")


def test_it_goes_both_ways():
    table = minilang.exchangeable()
    assert (table == table.T).all()
