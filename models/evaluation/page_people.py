"""The page's parts about people and reasons: disguise, dialect, identity, explanations, severity."""

from models.categories import CATEGORIES
from models.evaluation.bias import AREAS
from models.evaluation.tables import Found, measured, number, prose, table
from models.thresholds import POINTS


def disguise_part(result: Found) -> list[str]:
    """Recall per way of disguise."""
    rows = []
    for category, ways in result["disguise"].items():
        for way, found in ways.items():
            change = measured(found.get("change_of_recall"), 2) if way != "plain" else ""
            odds = measured(found.get("change_of_log_odds"), 2) if way != "plain" else ""
            rows.append((category, way, str(found["n"]), measured(found["recall"], 2), change, odds))
    heads = ("category", "way", "n", "recall at alert", "change of recall", "mean change of log-odds")
    return [
        *table(heads, rows, words=2),
        *prose(
            "The same held-out dangers, plain and changed by each way of `models/training/augment.py`; paired.",
        ),
    ]


def places_part(result: Found) -> list[str]:
    """Dangers and look-alikes inside student essays, per place."""
    rows = [
        (
            place,
            str(found[kind]["n"]),
            kind.replace("_", "-"),
            *(measured(found[kind][p], 2) for p in ("alert", "review")),
        )
        for place, found in result.get("places", {}).items()
        for kind in ("dangers", "look_alikes")
    ]
    return [
        *table(("place", "n", "sentences", "reach alert", "reach review"), rows, words=1),
        *prose(
            "The plain sentences of `frozen_sentences`, each put into the same five student essays, of which none",
            "reaches a point by itself. A danger counts with a point of its own category, a look-alike with any.",
        ),
    ]


def dialect_part(result: Found) -> list[str]:
    """False alarms with and without a dialect marker."""
    rows = [
        (
            point,
            category,
            str(found["with"]["n"]),
            measured(found["with"]["per_1000"], 1),
            str(found["without"]["n"]),
            measured(found["without"]["per_1000"], 1),
            measured(found["difference"], 1),
        )
        for point, columns in result["dialect"].items()
        for category, found in columns.items()
    ]
    heads = ("point", "category", "n with", "false per 1,000", "n without", "false per 1,000", "difference")
    return [
        *table(heads, rows, words=2),
        *prose(
            "Harmless posts of the chat channel with and without a feature described for African-American English",
            "(`models/evaluation/markers.py`; imprecise, partly shared with other dialects). Texts with a marker come",
            "from rougher sources, so part of a difference is the source. `any`: in any category whose label is",
            "known.",
        ),
    ]


def bias_part(result: Found) -> list[str]:
    """Areas per identity term, and flags on harmless sentences."""
    found = result["bias"]
    rows = [
        (kind, name, str(row["insulting"]), str(row["harmless"]), *(measured(row[area], 2) for area in AREAS))
        for kind, key in (("group", "groups"), ("term", "terms"))
        for name, row in found[key].items()
    ]
    for key in ("power_mean", "lowest"):
        values = [number(found["summary"][area][key]) for area in AREAS]
        rows.append(("all", key.replace("_", " "), "", "", *values))
    flags = [
        (
            channel,
            point,
            str(by_point["n"]),
            *(measured(by_point[point][name]) for name in ("any", *CATEGORIES)),
        )
        for channel, by_point in found["harmless_flagged"].items()
        for point in POINTS
    ]
    heads = ("named", "", "insulting", "harmless", "subgroup AUC", "BPSN AUC", "BNSP AUC")
    return [
        *table(("points of", "point", "n", "any", *CATEGORIES), flags, words=2),
        *prose(
            "Share of harmless template sentences that name an identity and are flagged.",
        ),
        *table(heads, rows, words=2),
        *prose(
            f"Scores of {found['category']} on {found['sentences']} template sentences, {found['insulting']} of them",
            f"insulting by the templates' own label (AUC over all {measured(found['overall_auc'])}). *BPSN*: insults",
            "without the term against harmless sentences with it; low means that the term itself raises scores.",
            "*BNSP*: harmless sentences without it against insults with it; low means that insults are missed. Groups",
            "and terms with fewer than five sentences of either label are left out. Sentences are held out, their",
            "templates are not: read differences between terms, not the level.",
        ),
    ]


def explanation_part(result: Found) -> list[str]:
    """The deletion check and the overlap with characters marked by people."""
    rows = [
        (
            category,
            str(found["flagged"]),
            str(found["n"]),
            measured(found.get("marked_lowers_more"), 2),
            measured(found.get("drop_of_marked"), 2),
            measured(found.get("drop_of_random"), 2),
            measured(found.get("difference"), 2),
            measured(found.get("marked_share_of_text"), 2),
        )
        for category, found in result["deletion"].items()
    ]
    heads = ("category", "flagged", "n", "mark lowers more", "drop, mark", "drop, random", "difference", "mark's share")
    overlap = result["toxic_overlap"]
    marked = [
        (name, *(measured(overlap[key][figure], 2) for figure in ("touches", "covers", "precision", "recall")))
        for name, key in (
            ("marked sentences", "marked"),
            ("random sentences", "random"),
            ("difference", "difference"),
        )
        if key in overlap
    ]
    return [
        *table(heads, rows),
        *prose(
            "Flagged held-out texts of at least two sentences: how far the logit falls when the marked sentences are",
            "deleted, beside deleting as many characters from a random word on. *Mark's share* is of the characters.",
        ),
        *table(("toxic comments", "touches", "covers all", "precision", "recall"), marked),
        *prose(
            f"Of {overlap['annotated']} held-out comments whose toxic characters people marked, {overlap['flagged']}",
            f"are flagged as bullying, {overlap['n']} of these have at least two sentences. Precision and recall are",
            "of characters; a sentence is longer than the word that people marked, so precision stays low by nature.",
        ),
    ]


def severity_part(result: Found) -> list[str]:
    """Agreement of levels, and the order of scores along the ladder."""
    rows = []
    for category, sources in result["severity"].items():
        for source, found in sources.items():
            agreement = found["agreement"] or {}
            counts = " / ".join(str(found["true"][step]) for step in ("1", "2", "3"))
            shown = [measured(agreement.get(key), 2) for key in ("exact", "within_one", "rank_correlation")]
            recall = " / ".join(number(found["recall"][step]["value"], 2) for step in ("1", "2", "3"))
            rows.append((category, source, counts, recall, *shown, measured(found["order_of_scores"], 2)))
    agreed = ("exact", "within one", "rank correlation", "order of scores")
    heads = ("category", "source", "dangers at level 1 / 2 / 3", "recall at alert", *agreed)
    return [
        *table(heads, rows, words=4),
        *prose(
            "The classifier's level against the source's, on dangers. *Rank correlation*: Spearman's, of the two",
            "levels; *order of scores*: of the probability with the level, harmless texts of the source as level 0. A",
            "dash: this classifier gives no levels, or the source knows only one.",
        ),
    ]
