"""A finding holds what a person needs to judge it, sealed and dated, and says a passage once."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from models.panel import Panel, Scorer
from monitor.detection.findings import EXCERPT_LIMIT, NEIGHBOURS, build_excerpt, build_findings
from monitor.detection.models import Finding, Scoring
from monitor.detection.policy import current_policy
from monitor.domain.role import Role
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.intake.reading import Reading
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.factories import make_account, make_item, make_scoring, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> MonitoredAccount:
    return make_account(make_site())


def find(
    account,
    *spans: Span,
    source: Source = Source.GMAIL,
    direction: Direction = Direction.WRITTEN,
    classifier: Scorer | None = None,
) -> list[Finding]:
    """The findings, saved, of a new item that consists of `spans`."""
    classifier = classifier or MarkerClassifier()
    reading = Reading(Extraction(ExtractStatus.OK, "text/plain", spans), direction, clock.now(), "The title")
    pairs = list(zip(spans, classifier.score([span.text for span in spans]), strict=True))
    scoring: Scoring = make_scoring(make_item(account, source=source))
    return Finding.objects.bulk_create(build_findings(scoring, reading, pairs, classifier, current_policy()))


def new(text: str, kind: SpanKind = SpanKind.NEW) -> Span:
    return Span(kind, text, "body")


def excerpt_of(text: str) -> dict:
    span = new(text)
    (score,) = MarkerClassifier().score([text])
    return json.loads(build_excerpt(span, list(score.spans), "The title"))


def marked(excerpt: dict) -> list[str]:
    return [excerpt["text"][start:end].strip() for start, end in excerpt["marks"]]


def test_an_excerpt_is_the_marked_passages_with_their_neighbours():
    before, after = "Before. " * 300, " After." * 300
    excerpt = excerpt_of(f"{before}A sign-violence here. Between. Another sign-violence.{after}")
    assert marked(excerpt) == ["A sign-violence here.", "Another sign-violence."]
    assert len(excerpt["text"].partition("A sign")[0]) in {
        NEIGHBOURS,
        NEIGHBOURS + 1,
    }  # the mark may begin with its space
    assert len(excerpt["text"].partition("Another sign-violence.")[2]) == NEIGHBOURS
    assert (excerpt["part"], excerpt["title"]) == ("body", "The title")


def test_a_short_text_is_kept_whole():
    assert excerpt_of("Hello. A sign-violence here.")["text"] == "Hello. A sign-violence here."


def test_an_excerpt_has_a_limit_and_every_mark_lies_within_it():
    excerpt = excerpt_of("A sign-violence here. " + "Filler. " * 2000 + "A late sign-violence.")
    assert len(excerpt["text"]) == EXCERPT_LIMIT
    assert marked(excerpt) == ["A sign-violence here."]
    endless = excerpt_of("sign-violence " + "word " * 5000)
    assert all(0 <= start < end <= len(endless["text"]) == EXCERPT_LIMIT for start, end in endless["marks"])


def test_a_flag_without_a_passage_keeps_the_beginning_of_the_text():
    excerpt = json.loads(build_excerpt(new("word " * 5000), [], ""))
    assert (len(excerpt["text"]), excerpt["marks"]) == (EXCERPT_LIMIT, [])


def test_a_finding_says_what_was_found_where_and_until_when_it_is_kept(account, settings):
    settings.HEED_RETENTION_DAYS = 30
    (finding,) = find(account, new("Hello."), new("A sign-violence here."), direction=Direction.RECEIVED)
    assert (finding.category, finding.probability, finding.threshold) == ("violence", 0.9, 0.8)
    assert (finding.direction, finding.span_kind, finding.span_number) == ("received", "new", 1)
    assert finding.purge_on == (clock.now() + timedelta(days=30)).date()
    assert finding.policy_version == finding.scoring.policy_version


def test_the_text_of_a_finding_is_sealed_in_the_database(account):
    find(account, new("A sign-violence here, in the greenhouse."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM detection_finding")
        row = b" ".join(
            bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in cursor.fetchone()
        )
    for clear in (b"greenhouse", b"sign-violence", b"The title"):
        assert clear not in row
    assert "greenhouse" in Finding.objects.get().excerpt


def test_one_span_may_be_two_harms(account):
    found = find(account, new("A sign-violence here. A sign-bullying there."))
    assert {finding.category: marked(json.loads(finding.excerpt)) for finding in found} == {
        "violence": ["A sign-violence here."],
        "bullying": ["A sign-bullying there."],
    }


def test_a_passage_is_not_reported_again_when_it_is_only_quoted(account):
    assert len(find(account, new("A sign-violence here."))) == 1
    assert find(account, new("Really?"), new("> A sign-violence here.", SpanKind.QUOTED)) == []


def test_a_passage_that_this_account_sees_for_the_first_time_is_reported_though_quoted(account):
    find(make_account(account.site), new("A sign-violence here."))
    assert len(find(account, new("A sign-violence here.", SpanKind.QUOTED))) == 1


def test_the_same_words_said_again_in_a_mail_are_reported_again(account):
    assert len(find(account, new("A sign-violence here."))) == 1
    assert len(find(account, new("A sign-violence here."))) == 1


def test_a_passage_that_still_stands_in_a_file_is_not_reported_again_but_a_new_one_is(account):
    assert len(find(account, new("A sign-violence here."), source=Source.DRIVE)) == 1
    assert find(account, new("New words. A  sign-violence  here."), source=Source.DRIVE) == []
    (finding,) = find(account, new("A sign-violence here. And a sign-violence there."), source=Source.DRIVE)
    assert marked(json.loads(finding.excerpt)) == ["And a sign-violence there."]
    assert find(account, new("And a sign-violence there."), source=Source.DRIVE) == []
    assert find(account, new("Then a sign-violence there. And a sign-violence there."), source=Source.DRIVE) != []


@pytest.mark.parametrize(
    ("text", "kind", "severity"),
    [
        ("A sign-violence here.", SpanKind.NEW, Severity.SEVERE),
        ("A sign-violence here.", SpanKind.FORWARDED, Severity.SEVERE),
        ("A sign-violence here.", SpanKind.QUOTED, Severity.CONCERN),
        ("A sign-violence! here.", SpanKind.NEW, Severity.IMMINENT),
        ("A sign-violence! here.", SpanKind.QUOTED, Severity.SEVERE),
        ("A sign-bullying! here.", SpanKind.NEW, Severity.CONCERN),
        ("A sign-bullying here.", SpanKind.QUOTED, Severity.LOW),
    ],
)
def test_words_that_are_only_repeated_weigh_less(account, text, kind, severity):
    (finding,) = find(account, new(text, kind))
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("text", "direction", "kind", "level", "role", "severity"),
    [
        ("A sign-self_harm3 here.", Direction.WRITTEN, SpanKind.NEW, 3, "written", Severity.IMMINENT),
        ("A sign-self_harm1 here.", Direction.WRITTEN, SpanKind.NEW, 1, "written", Severity.SEVERE),
        ("A sign-self_harm1 here.", Direction.RECEIVED, SpanKind.NEW, 1, "received", Severity.CONCERN),
        ("A sign-self_harm3 here.", Direction.RECEIVED, SpanKind.QUOTED, 3, "quoted", Severity.SEVERE),
        ("A sign-violence2 here.", Direction.SHARED, SpanKind.NEW, 2, "shared", Severity.SEVERE),
        ("A sign-violence2! here.", Direction.WRITTEN, SpanKind.FORWARDED, 2, "forwarded", Severity.IMMINENT),
        ("A sign-grooming2 here.", Direction.RECEIVED, SpanKind.NEW, 2, "received", Severity.SEVERE),
        ("A sign-grooming2 here.", Direction.WRITTEN, SpanKind.NEW, 2, "written", Severity.CONCERN),
        ("A sign-bullying1! here.", Direction.WRITTEN, SpanKind.NEW, 1, "written", Severity.CONCERN),
        ("A sign-violence here.", Direction.RECEIVED, SpanKind.NEW, None, "received", Severity.SEVERE),
    ],
)
def test_a_finding_keeps_its_level_and_who_speaks_and_both_decide(
    account, text, direction, kind, level, role, severity
):
    (finding,) = find(account, new(text, kind), direction=direction)
    finding.refresh_from_db()
    assert (finding.level, finding.role, finding.severity) == (level, role, severity)


def test_two_spans_of_an_item_have_each_their_own_speaker(account):
    found = find(account, new("A sign-violence2 here."), new("> A sign-violence2 there.", SpanKind.QUOTED))
    assert [(finding.role, finding.severity) for finding in found] == [("written", "severe"), ("quoted", "concern")]


def test_who_speaks_in_an_older_finding_is_told_from_its_item_and_span():
    finding = Finding(direction=Direction.RECEIVED.value, span_kind=SpanKind.NEW.value)
    assert finding.speaker is Role.RECEIVED
    finding.span_kind = SpanKind.QUOTED.value
    assert finding.speaker is Role.QUOTED


def test_a_finding_of_a_panel_names_the_member_that_flagged_it(account):
    first, second = MarkerClassifier("marker-1"), MarkerClassifier("marker-2")
    panel = Panel([(first, ["bullying", "self_harm", "grooming"]), (second, ["violence"])])
    text = "A sign-bullying2 here. A sign-violence3! there."
    found = find(account, new(text), classifier=panel)
    assert {finding.category: finding.classifier_id for finding in found} == {
        "bullying": "marker-1",
        "violence": "marker-2",
    }
    assert {finding.category: finding.level for finding in found} == {"bullying": 2, "violence": 3}
    assert {finding.probability for finding in found} == {0.9, 0.999}


def test_a_finding_stays_with_the_school_where_it_was_made(account):
    oak, elm = account.site, make_site()
    (old,) = find(account, new("A sign-violence here."))
    account.site = elm
    account.save()
    (fresh,) = find(account, new("A sign-violence there."))
    old.refresh_from_db()
    assert (old.site, fresh.site) == (oak, elm)
