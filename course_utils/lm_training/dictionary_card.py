"""The card."""


def card(lines: list[dict]) -> str:
    return ""
