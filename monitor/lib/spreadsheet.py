"""What goes into a CSV file that somebody opens in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula at the start of a text


def plain_cell(text: str) -> str:
    """`text`, so that no spreadsheet takes it for a formula: much of what is exported was typed by people."""
    return f"'{text}" if text.startswith(_FORMULA) else text
