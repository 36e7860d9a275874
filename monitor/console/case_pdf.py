"""A case on paper, from its document: facts, reasons, unveiled words, decisions, notes, timeline, digest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, PageBreak, Spacer

from monitor.handovers.paper import BOLD, PLAIN, Sheet, has_all_shapes, local_time, marked_text, print_sheet, text


def print_case(content: dict[str, Any], digest: str) -> bytes:
    """The PDF of a case's document, and `digest` on its last page; the same bytes for the same document."""
    zone = ZoneInfo(content["site"]["time_zone"])
    case = content["case"]
    sheet = Sheet(
        title=f"{case['title']} {case['id']}",
        author=content["district"],
        foot_left=_("Confidential student record. Case %(case)s") % {"case": case["id"]},
        foot_right=f"SHA-256 {digest[:16]}…",
    )
    story = [
        *_head(content, zone),
        *_part(_("Why this is here"), _reasons(content, zone)),
        *_part(_("The words"), _words(content, zone)),
        *_part(_("Decisions"), _decisions(content, zone)),
        *_part(_("Notes"), _notes(content, zone)),
        *_part(_("What happened"), _timeline(content, zone)),
        *_last_page(content, digest),
    ]
    return print_sheet(sheet, story)


def _head(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    case, student, made = content["case"], content["student"], content["made"]
    who = student["reference"] or _("not named yet")
    if "name" in student:
        who = f"{student['name']}, {student['address']} ({student['reference']})"
    facts = [
        f"{content['site']['name']}, {content['district']}",
        _("Student: %(who)s") % {"who": who},
        _("Urgency: %(severity)s. State: %(state)s.") % {"severity": case["severity"], "state": case["state"]},
        _("Opened: %(at)s") % {"at": _at(case["opened_at"], zone)},
        _("Case %(case)s (sign in to see it): %(url)s") % {"case": case["id"], "url": case["url"]},
        _("Made by %(name)s, %(role)s, %(at)s") % {**_maker(made), "at": _at(made["at"], zone)},
    ]
    if not made["with_words"]:
        facts.append(_("Names and words are veiled in this copy."))
    if not has_all_shapes(_all_words(content)):
        facts.append(_("Some letters have no shape in this PDF; the console shows them all."))
    return [text(case["title"], BOLD, 18), Spacer(1, 3 * mm), *[text(fact) for fact in facts]]


def _maker(made: dict[str, Any]) -> dict[str, str]:
    return {"name": made["by"], "role": made["role"]}


def _part(title: str, lines: list[Flowable]) -> list[Flowable]:
    """A headed part; an empty one is left out."""
    if not lines:
        return []
    return [Spacer(1, 4 * mm), HRFlowable(width="100%"), Spacer(1, 2 * mm), text(title, BOLD, 12), *lines]


def _reasons(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = []
    for reason in content["reasons"]:
        flow += [
            Spacer(1, 2 * mm),
            text(f"{reason['category']}: {reason['severity']}", BOLD),
            text(f"{reason['sentence']} {reason['severity_reason']}"),
            text(
                _("%(source)s, %(at)s. Score %(score)s, threshold %(threshold)s; %(classifier)s, policy %(policy)s.")
                % {
                    "source": reason["source"],
                    "at": _at(reason["occurred_at"], zone),
                    "score": reason["probability"],
                    "threshold": reason["threshold"],
                    "classifier": reason["classifier"],
                    "policy": reason["policy"],
                },
                PLAIN,
                8,
            ),
        ]
    return flow


def _words(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = []
    for words in content["words"]:
        flow += [
            Spacer(1, 2 * mm),
            text(words["title"] or _("Without a title"), BOLD),
            text(f"{words['where']}, {_at(words['occurred_at'], zone)}", PLAIN, 8),
            marked_text([(part, is_marked) for part, is_marked in words["segments"]]),
        ]
    return flow


def _decisions(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = []
    for decision in content["decisions"]:
        code = f" ({decision['code']})" if decision["code"] else ""
        flow += [
            Spacer(1, 2 * mm),
            text(f"{decision['outcome']}{code}", BOLD),
            text(decision["reason"]),
            text(f"{decision['by']}, {_at(decision['at'], zone)}", PLAIN, 8),
        ]
    return flow


def _notes(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = []
    for note in content["notes"]:
        line = f"{note['by']}, {_at(note['at'], zone)}"
        if note["is_private"]:
            line = _("%(line)s. A private note of whoever made this copy.") % {"line": line}
        flow += [Spacer(1, 2 * mm), text(note["text"]), text(line, PLAIN, 8)]
    return flow


def _timeline(content: dict[str, Any], zone: ZoneInfo) -> list[Flowable]:
    return [text(f"{_at(moment['at'], zone)}: {moment['what']}", PLAIN, 8.5) for moment in content["timeline"]]


def _last_page(content: dict[str, Any], digest: str) -> list[Flowable]:
    return [
        PageBreak(),
        text(_("About this copy"), BOLD, 12),
        Spacer(1, 2 * mm),
        text(
            _(
                "A classifier compared words with examples. That is no diagnosis, and it can be wrong. What people "
                "concluded stands under Decisions. This copy does not change when the case does."
            )
        ),
        Spacer(1, 2 * mm),
        text(_("SHA-256 of the content: %(digest)s") % {"digest": digest}),
        text(
            _(
                "The same digest stands in the audit event case:record:export of case %(case)s, so that whoever may "
                "read the audit trail can tell when and by whom this copy was made."
            )
            % {"case": content["case"]["id"]},
            PLAIN,
            8,
        ),
    ]


def _all_words(content: dict[str, Any]) -> Iterable[str]:
    """What people wrote, wherever it stands."""
    yield from (content["case"]["title"], *(str(value) for value in content["student"].values()))
    for words in content["words"]:
        yield from (words["title"], *(part for part, _marked in words["segments"]))
    yield from (decision["reason"] for decision in content["decisions"])
    yield from (note["text"] for note in content["notes"])


def _at(instant: str, zone: ZoneInfo) -> str:
    return local_time(datetime.fromisoformat(instant), zone)
