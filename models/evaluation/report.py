"""The figures as a page for people."""

from typing import Any


def render_markdown(result: dict[str, Any], title: str) -> str:
    """A Markdown report of what `models.evaluation.evaluate.evaluate` returns."""
    harmless = result["harmless"]
    lines = [
        f"# {title}",
        "",
        f"Classifier `{result['classifier']}`, {result['texts']} texts, {result['bad_lines']} unusable lines. "
        "95 % bootstrap intervals in brackets.",
        "",
        "| category | n | positives | AUC | average precision | calibration error | at the base rate |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for category, found in result["categories"].items():
        lines.append(
            f"| {category} | {found['n']} | {found['positives']} | {_shown(found, 'auc')} | "
            f"{_shown(found, 'average_precision')} | {_number(found['calibration_error'])} | "
            f"{_number(found['calibration_error_at_base_rate'])} |"
        )
    lines += [
        "",
        "| category | point | threshold | precision | recall | false alarms per 1,000 harmless |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for category, found in result["categories"].items():
        for point, at in found["points"].items():
            shown = [_point(found, point, figure) for figure in ("precision", "recall", "false_alarms")]
            lines.append(f"| {category} | {point} | {at['threshold']:.4g} | {' | '.join(shown)} |")
    lines += [
        "",
        f"Of {harmless['n']} texts with no known danger, {harmless['over']['alert']} are over an alert threshold in a "
        f"category whose label is known, {harmless['over']['review']} over a review threshold.",
        "",
    ]
    return "\n".join(lines)


def _shown(found: dict[str, Any], key: str) -> str:
    return _number(found[key]) + _bracket(found["intervals"].get(key), 3)


def _point(found: dict[str, Any], point: str, figure: str) -> str:
    digits = 2
    return _number(found["points"][point][figure], digits) + _bracket(
        found["intervals"].get(f"{point}.{figure}"), digits
    )


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _bracket(pair: list[float] | None, digits: int) -> str:
    return "" if pair is None else f" [{pair[0]:.{digits}f}, {pair[1]:.{digits}f}]"
