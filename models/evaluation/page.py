"""The full evaluation as one page for people: tables first, then how to read them."""

from collections.abc import Callable, Sequence
from typing import Any

from models.categories import CATEGORIES, CHANNELS
from models.evaluation.beside import beside_part
from models.evaluation.corpus import TEXT_LIMIT
from models.evaluation.page_people import (
    bias_part,
    dialect_part,
    disguise_part,
    explanation_part,
    places_part,
    severity_part,
)
from models.evaluation.tables import Found, measured, number, prose, table, threshold
from models.thresholds import POINTS

COMMAND = "worker.py evaluate --data <data folder> --out models/reports"


def render_page(result: Found) -> str:
    """Markdown of what `models.evaluation.whole.evaluate_everything` returns."""
    lines = [
        f"# Evaluation of {result['classifier']}",
        "",
        *prose(
            f"{result['texts']:,} texts, each scored once by the path that serves, its products in",
            f"{result['precision']}. 95 % intervals in brackets; `-` is not defined. Every figure is in `report.json`;",
            f"`{COMMAND}` makes both again.",
        ),
    ]
    for title, part in PARTS:
        lines += [f"## {title}", "", *part(result)]
    if "beside" in result:
        lines += [f"## Beside {result['beside']['classifier']}", "", *beside_part(result["beside"])]
    return "\n".join(lines).rstrip() + "\n"


def _glance(result: Found) -> list[str]:
    rows = []
    for category in CATEGORIES:
        found = result["categories"][category]
        recalls = [measured(found["channels"][ch]["alert"].get("recall"), 2) for ch in CHANNELS]
        rows.append((category, measured(found["auc"]), measured(found["average_precision"], 2), *recalls))
    heads = ("held-out groups", "AUC", "average precision", *(f"recall at alert, {ch}" for ch in CHANNELS))
    harmless = [
        (name, str(found["all"]["n"]), *(measured(found["all"][point]["per_1000"], 1) for point in POINTS))
        for name, found in result["ordinary"].items()
    ]
    flagged = result["bias"]["harmless_flagged"]["mail"]
    harmless.append(
        (
            "sentences that name an identity (mail points)",
            str(flagged["n"]),
            *(measured(_per_1000(flagged[point]["any"]), 1) for point in POINTS),
        )
    )
    return [
        *table(heads, rows),
        *table(("harmless text", "n", "alerts per 1,000", "reviews per 1,000"), harmless),
        *_own(result),
    ]


def _per_1000(figure: Found) -> Found:
    value, interval = figure["value"], figure["interval"]
    return {
        "value": None if value is None else 1000 * value,
        "interval": None if interval is None else [1000 * end for end in interval],
    }


def _own(result: Found) -> list[str]:
    """Per set the dangers that raise a flag of their category, and the harmless texts that raise any; then by slice."""
    rows, parts = [], []
    for source, found in result["own_text"].items():
        for point in POINTS:
            each = [_part(row, point) for row in found["dangerous"].values()]
            rows.append((source, point, *each, _part(found["harmless"], point)))
        parts += [
            (source, name, *(_part(part[kind], point) for kind in ("dangerous", "harmless") for point in POINTS))
            for name, part in found["slices"].items()
        ]
    heads = ("our own sentences", "point", *CATEGORIES, "harmless, any flag")
    slices = ("our own sentences", "slice", *(f"{kind}, {p}" for kind in ("dangerous", "harmless") for p in POINTS))
    return [*table(heads, rows, words=2), *(table(slices, parts, words=2) if parts else [])]


def _part(found: Found, point: str) -> str:
    """A share and of how many."""
    return f"{number(found[point]['value'], 2)} of {found['n']}" if found["n"] else "-"


def _ranking(result: Found) -> list[str]:
    rows = []
    for category, found in result["categories"].items():
        at = ", ".join(f"{measured(f, 2)} at {float(p):g}" for p, f in found["average_precision_at"].items())
        counts = (f"{found['n']:,}", f"{found['positives']:,}", f"{found['groups']:,}", number(found["prevalence"]))
        rows.append((category, *counts, measured(found["auc"]), measured(found["average_precision"], 2), at))
    heads = ("category", "n", "dangers", "groups", "prevalence", "AUC", "AP", "AP re-weighted to a prevalence")
    return [
        *table(heads, rows),
        *prose(
            "Rows of groups (person, channel, conversation) that never trained. Each row counts by how far its label",
            "is trusted (`models/training/mapping.py`), in the prevalence too. The last prevalence is the assumed",
            "base rate of a school.",
        ),
        *_pictures(result, "Precision and recall", "Scores of harmless"),
    ]


def _points(result: Found) -> list[str]:
    rows = [
        (
            category,
            channel,
            point,
            threshold(at["threshold"]),
            measured(at.get("recall"), 2),
            measured(at.get("precision"), 2),
            measured(at.get("precision_at_base_rate"), 3),
            measured(at.get("false_alarms"), 1),
        )
        for category, found in result["categories"].items()
        for channel, points in found["channels"].items()
        for point, at in points.items()
    ]
    heads = ("category", "channel", "point", "threshold", "recall", "precision here", "at base rate", "false per 1,000")
    return [
        *table(heads, rows, words=3),
        *prose(
            "All held-out rows at the thresholds of each channel. Precision *here* holds for these sets, which are",
            "full of danger; *at base rate* for the assumed share of danger in a school. False alarms are on these",
            "sets too, which hold far rougher text than a school's; a table below has ordinary text.",
        ),
        *_redrawn(result),
    ]


def _redrawn(result: Found) -> list[str]:
    found = result["redrawn"]
    if found is None:
        return ["Too few harmless rows to draw thresholds anew.", ""]
    rows = [
        (category, channel, measured(at["threshold"]), measured(at["recall"], 2))
        for category, channels in found["categories"].items()
        for channel, at in channels.items()
    ]
    alarms = [(name, str(row["n"]), measured(row["per_1000"], 1)) for name, row in found["ordinary"].items()]
    return [
        *prose(
            "**With other calibration texts.** The same recall and alarms, with intervals for which the harmless texts",
            "that fix the thresholds are drawn anew too, in groups, beside those that are counted: what calibrating on",
            "other mails of the same kind may come to.",
        ),
        *table(("category", "channel", "threshold of alert", "recall at alert"), rows, words=2),
        *table(("harmless text", "n", "alerts per 1,000"), alarms),
    ]


def _sources(result: Found) -> list[str]:
    rows = [
        (
            category,
            source,
            str(found["n"]),
            str(found["positives"]),
            measured(found["auc"]),
            measured(found["average_precision"], 2),
            measured(found["alert.recall"], 2),
            measured(found["alert.false_alarms"], 1),
        )
        for category, whole in result["categories"].items()
        for source, found in whole["sources"].items()
    ]
    heads = ("category", "source", "n", "dangers", "AUC", "AP", "recall at alert", "false per 1,000")
    return table(heads, rows, words=2)


def _registers(result: Found) -> list[str]:
    rows = []
    for row in result["false_alarms"]:
        each = [measured(row["categories"][c]["alert"]["per_1000"], 1) for c in CATEGORIES]
        together = row["all"]
        shown = (measured(together["alert"]["per_1000"], 1), measured(together["review"]["per_1000"], 1))
        rows.append((row["register"], row["channel"], str(row["texts"]), *shown, *each))
    heads = ("register", "channel", "n", "any alert", "any review", *CATEGORIES)
    return [
        *table(heads, rows, words=2),
        *prose(
            "Per 1,000 harmless texts, at the points of their channel. *Any* counts texts known to be harmless in all",
            "four categories; a dash means that the sources do not answer all four.",
        ),
        *_pictures(result, "False alarms"),
    ]


def _early(result: Found) -> list[str]:
    found = result["first_pass"]
    if found is None:
        return ["This classifier has no first pass.", ""]
    rows = []
    for point, counts in found["points"].items():
        each = [f"{by['lost']} of {by['of']}" for by in counts["by_category"].values()]
        together = f"{counts['lost']} of {counts['of']}: {measured(counts['share'], 4)}"
        rows.append((point, together, *each))
    through = [(register, number(value, 2)) for register, value in found["let_through"].items()]
    return [
        *table(("alerts lost at", "together", *CATEGORIES), rows),
        *table(("harmless text", "windows that the whole network reads"), through),
        *prose(
            "What a worker's first pass loses of the whole network's alerts (a text and a category), on texts that",
            "took no part in choosing its cuts: at `alert`, and at `higher` with the cuts that hold where any",
            "category is set to it. Everything else in this report is read by the whole network.",
        ),
    ]


def _expected(result: Found) -> list[str]:
    expected = result["expected"]
    given = expected["assumptions"]
    rows = []
    for level, found in expected["levels"].items():
        true = found["true_alerts"]
        false = found["false_alerts"]
        share = true["all"] / (true["all"] + false["value"]) if false["value"] is not None and true["all"] else None
        each = [number(true[c], 1) for c in CATEGORIES]
        rows.append((level, measured(false, 1), number(true["all"], 1), *each, number(share, 2)))
    heads = ("sensitivity", "false alerts", "true alerts", *CATEGORIES, "share that is true")
    limits = [
        (level, category, *(threshold(found["thresholds"][ch][category]) for ch in CHANNELS))
        for level, found in expected["levels"].items()
        for category in CATEGORIES
    ]
    weekly = ", ".join(f"{count:g} {name}" for name, count in given["texts_per_student_and_week"].items())
    rates = ", ".join(f"{name} {1000 * rate:g}" for name, rate in given["base_rates"].items())
    factors = ", ".join(f"{name} {factor:g}" for name, factor in given["levels"].items())
    return [
        *table(heads, rows),
        *prose(
            f"Per {given['students']:,} students and week, if each writes or receives {weekly}, and if of 1,000 texts",
            f"so many hold a danger: {rates}. Both are assumptions, in `models/evaluation/alarms.py` and",
            "`models/calibration.py`. False alerts rest on ordinary text of the channel (the interval adds the",
            "channels' ends, so it is wide), true ones on recall among held-out dangers. Alerts are counted per text:",
            "texts about one person close in time become one case. A level allows so many times the false alarms of",
            f"`standard`: {factors}. Its threshold is the classifier's own where the manifest has one for the level,",
            "and otherwise the quantile of the ordinary text above, whose false alarms it then meets by construction.",
        ),
        *table(("sensitivity", "category", *(f"threshold, {ch}" for ch in CHANNELS)), limits, words=2),
    ]


def _slices(result: Found) -> list[str]:
    rows = [
        (dimension, value, category, str(f["n"]), str(f["positives"]), *_three(f))
        for dimension, values in result["slices"].items()
        for value, by_category in values.items()
        for category, f in by_category.items()
    ]
    heads = ("dimension", "slice", "category", "n", "dangers", "AUC", "recall at alert", "false per 1,000")
    return [
        *table(heads, rows, words=3),
        *prose(
            "Each text at the alert point of its own channel. Slices mix sources, so a difference may be one of",
            "source; the marks behind them are in `models/evaluation/markers.py`.",
        ),
    ]


def _three(found: Found) -> tuple[str, str, str]:
    return measured(found["auc"]), measured(found["recall"], 2), measured(found["false_alarms"], 1)


def _reliability(result: Found) -> list[str]:
    rows = [
        (
            category,
            f"{row['from']:g} to {row['to']:g}",
            str(row["n"]),
            str(row["positives"]),
            f"{row['stated']:.2g}",
            f"{row['observed']:.2g}",
        )
        for category, found in result["categories"].items()
        for row in found["reliability"]
    ]
    errors = ", ".join(
        f"{c} {found['calibration_error_at_base_rate']:.2g}" for c, found in result["categories"].items()
    )
    heads = ("category", "stated probability", "n", "dangers", "mean stated", "observed at the base rate")
    return [
        *table(heads, rows, words=2),
        *prose(
            "Held-out rows re-weighted to the assumed base rate. Expected calibration error over ten equal bins:",
            f"{errors}.",
        ),
        *_pictures(result, "Reliability"),
    ]


def _made(result: Found) -> list[str]:
    names = {
        "held_out": "held-out groups of the training sources",
        "eval": "never trained or fitted; looked at while developing",
        "own": "our own sentences, families that never train",
        "frozen": "our own frozen sets, never trained",
        "mail": "real mail, raw",
    }
    rows = [
        (names.get(origin, origin), source, str(count))
        for origin, sources in result["sources"].items()
        for source, count in sources.items()
    ]
    remarks = [f"* {remark}" for remark in result["remarks"]]
    return [
        *table(("what", "source", "texts"), rows, words=2),
        "* Intervals of AUC, AP, recall and precision: 300 bootstrap draws of groups, not of texts (150 to 200 in the",
        "  tables of sources, slices and identity terms). Intervals of shares and of alarms per 1,000: Wilson's.",
        f"* Texts are read up to {TEXT_LIMIT:,} characters.",
        "* Held-out rows come from the same sources as the training rows: expect less on others.",
        *remarks,
        "",
    ]


def _pictures(result: Found, *beginnings: str) -> list[str]:
    shown = [
        f"![{title}]({name})"
        for title, name in result.get("plots", {}).items()
        if any(title.startswith(beginning) for beginning in beginnings)
    ]
    return [" ".join(shown), ""] if shown else []


Part = Callable[[Any], list[str]]

PARTS: Sequence[tuple[str, Part]] = (
    ("At a glance", _glance),
    ("Ranking", _ranking),
    ("Operating points", _points),
    ("By source", _sources),
    ("False alarms by kind of harmless text", _registers),
    ("Expected alerts", _expected),
    ("The first pass", _early),
    ("Slices", _slices),
    ("Disguised and mistyped dangers", disguise_part),
    ("Dangers inside ordinary text", places_part),
    ("Dialect", dialect_part),
    ("Identity terms", bias_part),
    ("Explanations", explanation_part),
    ("Severity", severity_part),
    ("Calibration", _reliability),
    ("Data and method", _made),
)
