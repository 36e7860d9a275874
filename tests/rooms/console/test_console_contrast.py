"""Every ink on every paper it is used on reaches WCAG AA, in light and in dark."""

import re
from pathlib import Path

import pytest

import monitor.console

TOKENS = (Path(monitor.console.__file__).parent / "static/console/tokens.css").read_text(encoding="utf-8")
SURFACES = ["paper", "card", "sunk"]
TEXT = 4.5  # WCAG 2.2, 1.4.3: text below 24 px
SHAPE = 3.0  # WCAG 2.2, 1.4.11: borders of fields, focus rings
SEVERITIES = ["imminent", "severe", "concern", "low"]
PAIRS = [
    *[(ink, surface, TEXT) for ink in ("ink", "ink-soft", "accent", *SEVERITIES) for surface in ("card", "paper")],
    *[(ink, "sunk", TEXT) for ink in ("ink", "ink-soft", "accent")],
    *[(severity, f"{severity}-wash", TEXT) for severity in SEVERITIES],
    *[(ink, wash, TEXT) for ink in ("ink", "ink-soft") for wash in ("accent-wash", "asleep-wash", "severe-wash")],
    *[("ink-soft", f"{severity}-wash", TEXT) for severity in SEVERITIES],
    ("accent", "accent-wash", TEXT),
    ("asleep", "asleep-wash", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hover", TEXT),
    ("on-mark", "mark", TEXT),
    ("card", "imminent", TEXT),
    *[(f"series-{number}", surface, SHAPE) for number in range(1, 7) for surface in ("card", "paper", "sunk")],
    *[(severity, "sunk", SHAPE) for severity in (*SEVERITIES, "asleep")],
    ("card", "asleep", TEXT),
    *[(line, surface, SHAPE) for line in ("line-strong", "focus") for surface in ("card", "paper")],
]


def _colours(scheme: str) -> dict[str, str]:
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", light))
    return found | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else found


def _luminance(colour: str) -> float:
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "surface", "least"), PAIRS)
def test_an_ink_stands_out_from_its_surface(scheme, ink, surface, least):
    colours = _colours(scheme)
    assert _contrast(colours[ink], colours[surface]) >= least


def test_the_measure_itself_is_right():
    assert round(_contrast("#000000", "#ffffff"), 1) == 21.0
    assert round(_contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_series_has_the_colour_of_a_severity(scheme):
    colours = _colours(scheme)
    series = {colours[f"series-{number}"] for number in range(1, 7)}
    assert len(series) == 6
    assert not series & {colours[severity] for severity in SEVERITIES}


def test_dark_changes_every_colour_that_light_sets():
    light, dark = _colours("light"), _colours("dark")
    assert {name for name in light if light[name] == dark[name]} == set()
