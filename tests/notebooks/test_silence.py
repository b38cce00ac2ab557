"""What counts as a cell that keeps a learner waiting."""

from tests.notebooks.silence import Sign, longest_silence


def seen(*signs: tuple[float, str]) -> list[Sign]:
    """A cell on an idle machine: seconds since its start, and what it showed then."""
    return [Sign(0, 0), *(Sign(seconds, seconds, text) for seconds, text in signs)]


def test_the_longest_time_between_two_signs_counts():
    assert longest_silence(seen((3, "a row"), (10, "another"), (11, ""))) == 7
    assert longest_silence(seen((9, ""))) == 9  # its end is a sign, too


def test_who_sees_a_bar_or_was_told_how_long_waits_in_peace():
    assert longest_silence(seen((1, "  0%|          | 0/600 [00:00<?, ? steps/s]"), (40, ""))) == 1
    assert longest_silence(seen((1, "This takes about half a minute."), (40, ""))) == 1
    assert longest_silence(seen((1, "20 s on two cores"), (40, ""))) == 1
    assert longest_silence(seen((1, "explained variance 0.93"), (40, ""))) == 39


def test_neither_a_busy_machine_nor_many_threads_make_a_silence_longer():
    assert longest_silence([Sign(0, 0), Sign(30, 3)]) == 3
    assert longest_silence([Sign(0, 0), Sign(4, 8)]) == 4
