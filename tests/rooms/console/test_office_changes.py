"""What IT changes in the console: exemptions and calendar files, seen before they hold, kept apart from the file."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.calendars.apply import apply_feeds
from monitor.calendars.by_hand import MOST_DRAFTS, put_in
from monitor.calendars.feeds import sync_due_feeds
from monitor.calendars.models import Break, CalendarFeed
from monitor.commands.district_export import export_district
from monitor.domain.district import BreakSpec, FeedSpec
from monitor.domain.origin import Origin
from monitor.domain.reading import ADDRESS, LABEL, ExemptionSpec
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions, do_add_exemption, exemptions_in_force
from monitor.roster.models import Exemption
from tests.rooms.calendars.conftest import day, ics
from tests.rooms.console.conftest import signed_in

AUTUMN = datetime(2026, 11, 2, 18, tzinfo=UTC)
SPRING = day("20270315", "20270320", "Spring break")
RULE = {"kind": ADDRESS, "value": "Newspaper@District.example", "reason": "the student press"}


@pytest.fixture
def ivy(cast):
    """IT, having proved who she is."""
    client = signed_in(cast.ivy)
    session = client.session
    session["proved_until"] = (clock.now() + timedelta(days=2000)).isoformat()
    session.save()
    return client


def upload(client, data: bytes = ics(SPRING), name: str = "Spring", sites: tuple[str, ...] = ()):
    given = {"name": name, "file": SimpleUploadedFile("spring.ics", data, "text/calendar"), "site": list(sites)}
    return client.post("/set-up/calendars/put-in/", given)


def test_an_address_is_exempt_from_now_on_and_the_chain_has_its_number_only(ivy, cast):
    answer = ivy.post("/set-up/units/exempt/", RULE, follow=True)
    row = Exemption.objects.get()
    assert (row.value, row.origin, row.is_active) == ("newspaper@district.example", Origin.CONSOLE, True)
    assert exemptions_in_force().of_address("newspaper@district.example") == row.pk
    assert "newspaper@" not in answer.content.decode()
    event = AuditEvent.objects.get(tag=Tag.EXEMPTION_ADDED.value)
    assert event.actor == cast.ivy.actor
    assert "newspaper" not in str(vars(event))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"value": "newspaper"}, "Enter a whole e-mail address."),
        ({"value": "a@b"}, "Enter a whole e-mail address."),
        ({"value": ""}, "Enter what is exempt."),
        ({"reason": " . "}, "Write why this is not read"),
        ({"reason": ""}, "Write why this is not read"),
    ],
)
def test_a_rule_that_cannot_be_says_so_beside_its_field_and_keeps_what_was_typed(ivy, changed, words):
    answer = ivy.post("/set-up/units/exempt/", {**RULE, **changed})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text.replace("&#x27;", "'")
    assert 'aria-invalid="true"' in text
    assert ({**RULE, **changed}["value"] or 'value=""') in text
    assert not Exemption.objects.exists()


def test_an_unknown_kind_is_refused(ivy):
    assert ivy.post("/set-up/units/exempt/", {**RULE, "kind": "everything"}).status_code == 422
    assert not Exemption.objects.exists()


def test_the_same_rule_twice_is_said(ivy):
    ivy.post("/set-up/units/exempt/", RULE)
    assert "exempt already" in ivy.post("/set-up/units/exempt/", RULE).content.decode()


def test_without_proof_nothing_changes(cast):
    client = signed_in(cast.ivy)
    session = client.session
    session.pop("proved_until", None)
    session.save()
    assert "/account/confirm/" in client.post("/set-up/units/exempt/", RULE)["Location"]
    assert not Exemption.objects.exists()


def test_the_district_file_and_the_console_do_not_take_each_other_s_rules_away(ivy):
    ivy.post("/set-up/units/exempt/", RULE)
    in_file = ExemptionSpec(LABEL, "health", "the nurse's label")
    apply_exemptions([in_file], actor="command")
    assert Exemption.objects.filter(is_active=True).count() == 2
    of_file = Exemption.objects.get(origin=Origin.FILE)
    answer = ivy.post(f"/set-up/units/exempt/{of_file.pk}/end/", follow=True)
    assert "stands in the district file" in answer.content.decode()
    assert Exemption.objects.filter(is_active=True).count() == 2
    apply_exemptions([], actor="command")
    assert Exemption.objects.get(is_active=True).origin == Origin.CONSOLE


def test_what_was_exported_and_applied_is_the_file_s_from_then_on(ivy, cast):
    ivy.post("/set-up/units/exempt/", RULE)
    assert 'address = "newspaper@district.example"' in export_district()
    apply_exemptions([ExemptionSpec(ADDRESS, "newspaper@district.example", RULE["reason"])], actor="command")
    assert Exemption.objects.get().origin == Origin.FILE
    assert AuditEvent.objects.filter(tag=Tag.EXEMPTION_ADDED.value).count() == 1


def test_a_rule_of_the_console_is_ended_there_and_may_come_back(ivy):
    row = do_add_exemption(ExemptionSpec(**RULE), actor="someone")
    ivy.post(f"/set-up/units/exempt/{row.pk}/end/")
    assert exemptions_in_force().of_address(RULE["value"]) is None
    assert AuditEvent.objects.filter(tag=Tag.EXEMPTION_ENDED.value).exists()
    ivy.post("/set-up/units/exempt/", RULE)
    assert Exemption.objects.get().is_active
    assert ivy.post("/set-up/units/exempt/4711/end/").status_code == 404


def test_a_file_is_seen_before_it_holds(ivy, cast):
    with clock.standing_at(AUTUMN):
        shown = upload(ivy, sites=("pine",))
        assert "New: Spring break, pine" in shown.content.decode()
        assert not Break.objects.exists()
        feed = CalendarFeed.objects.get()
        assert not feed.is_active
        digest = shown.context["found"].digest
        stale = ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": "0" * 64}, follow=True)
        assert "not what you saw" in stale.content.decode()
        assert not Break.objects.exists()
        done = ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": digest}, follow=True)
    assert "in force now" in done.content.decode()
    row = Break.objects.get()
    assert (row.site.code, row.name, row.feed) == ("pine", "Spring break", feed)
    assert AuditEvent.objects.filter(tag=Tag.CALENDAR_READ.value, actor=cast.ivy.actor).exists()
    assert ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": digest}).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name,from,to\nSpring,2027-03-15,2027-03-19\n", "BEGIN:VCALENDAR is missing"),
        (ics(SPRING)[:-20], "is cut off"),
        (ics(SPRING).replace(b"Spring", b"Fr\xfchling"), "not written in UTF-8"),
        (b"", "The file is empty."),
    ],
)
def test_what_is_no_calendar_says_what_is_wrong_beside_the_field(ivy, data, words):
    answer = upload(ivy, data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CalendarFeed.objects.exists()


def test_next_year_s_file_takes_the_place_of_this_year_s(ivy):
    with clock.standing_at(AUTUMN):
        for event in (SPRING, day("20270322", "20270327", "Spring break")):
            shown = upload(ivy, ics(event))
            feed = CalendarFeed.objects.get()
            ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": shown.context["found"].digest})
        spans = set(Break.objects.values_list("starts_at__day", "name"))
    assert spans == {(22, "Spring break")}


def test_a_calendar_of_the_console_is_read_again_from_what_was_kept_and_outlives_the_file(ivy):
    with clock.standing_at(AUTUMN):
        shown = upload(ivy)
        feed = CalendarFeed.objects.get()
        ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": shown.context["found"].digest})
        apply_feeds([], actor="command")
    with clock.standing_at(AUTUMN + timedelta(days=1)):
        assert sync_due_feeds() == 1
        feed.refresh_from_db()
        assert (feed.is_active, feed.last_error, feed.held) == (True, "", "")
        assert Break.objects.exists()


def test_a_calendar_of_the_file_keeps_its_name_and_is_taken_out_there(ivy, cast):
    apply_feeds([FeedSpec("Spring", "https://calendar.example/a.ics")], actor="command")
    answer = upload(ivy)
    assert answer.status_code == 422
    assert "Choose another one" in answer.content.decode()
    feed = CalendarFeed.objects.get()
    told = ivy.post(f"/set-up/calendars/{feed.pk}/retire/", follow=True)
    assert "stands in the district file" in told.content.decode()
    feed.refresh_from_db()
    assert feed.is_active


def test_taking_a_calendar_out_wakes_nobody(ivy):
    running = day("20261101", "20261110", "Fall break")
    with clock.standing_at(AUTUMN):
        shown = upload(ivy, ics(running, SPRING))
        feed = CalendarFeed.objects.get()
        ivy.post(f"/set-up/calendars/{feed.pk}/accept/", {"digest": shown.context["found"].digest})
        ivy.post(f"/set-up/calendars/{feed.pk}/retire/")
        left = set(Break.objects.values_list("name", flat=True))
        assert left == {"Fall break"}
        assert all(row.ends_at > clock.now() for row in Break.objects.all())
    assert "put in through the console" not in "".join(CalendarFeed.objects.values_list("name", flat=True))


def test_the_exported_file_says_where_a_calendar_of_the_console_is(ivy, cast):
    with clock.standing_at(AUTUMN):
        shown = upload(ivy)
        ivy.post(
            f"/set-up/calendars/{CalendarFeed.objects.get().pk}/accept/", {"digest": shown.context["found"].digest}
        )
        assert '# The calendar "Spring" was put in through the console' in export_district()


def test_drafts_that_nobody_confirms_do_not_heap_up(cast):
    with clock.standing_at(AUTUMN):
        for number in range(MOST_DRAFTS + 3):
            put_in(f"Draft {number}", ics(SPRING), [cast.pine])
    assert CalendarFeed.objects.count() == MOST_DRAFTS
    assert not CalendarFeed.objects.filter(name="Draft 0").exists()


def test_a_break_spec_of_a_draft_is_one_of_the_schools_chosen(cast):
    with clock.standing_at(AUTUMN):
        _, found = put_in("Pine only", ics(SPRING), [cast.pine])
    assert [spec.site_code for spec in found.added] == ["pine"]
    assert all(isinstance(spec, BreakSpec) for spec in found.added)
