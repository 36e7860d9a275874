"""Cycles, quiet hours, shifts, breaks and the last responder: whom each step tells."""

from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.alerts.acknowledge import do_acknowledge_case
from monitor.alerts.contacts import apply_contacts
from monitor.alerts.duty import presence_at
from monitor.alerts.models import Contact, Delivery, Duty, Round, Shift
from monitor.alerts.outbox import prepare_deliveries, unanswered_cases
from monitor.audit.models import AuditEvent
from monitor.calendars.models import Break
from monitor.detection import policy as policy_room
from monitor.domain.channel import ChannelKind
from monitor.domain.district import ChannelSpec, ContactSpec, QuietSpec, ShiftSpec
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import do_decide_case
from monitor.triage.models import Outcome
from tests.rooms import factories
from tests.rooms.alerts.conftest import make_case

SCHOOL_TIME = datetime(2026, 11, 24, 16, tzinfo=UTC)  # a Tuesday, 10:00 in Chicago
NIGHT = datetime(2026, 11, 25, 5, tzinfo=UTC)  # 23:00 in Chicago
DAY_ONLY = {"quiet_from": time(21), "quiet_until": time(6, 30)}


def prepare(at: datetime, minutes: float = 0) -> list[str]:
    """Whom the step at that time tells: the beginnings of their addresses."""
    before = set(Delivery.objects.values_list("pk", flat=True))
    with clock.standing_at(at + timedelta(minutes=minutes)):
        prepare_deliveries()
    fresh = Delivery.objects.exclude(pk__in=before).select_related("contact").order_by("contact__order", "pk")
    return list(dict.fromkeys(row.contact.email.partition("@")[0] for row in fresh))


@pytest.fixture
def ladder(site: Site) -> None:
    factories.make_contact(site, email="ada@x.example", order=1)
    factories.make_contact(site, email="bo@x.example", order=2)
    factories.make_contact(None, email="office@x.example", order=1)
    factories.make_contact(None, email="last@x.example", is_last_responder=True)


def test_an_imminent_case_goes_round_three_times_and_then_to_the_last_responder(site: Site, ladder: None):
    case = make_case(site, Severity.IMMINENT, SCHOOL_TIME)
    told = [prepare(SCHOOL_TIME, 11 * number) for number in range(12)]
    assert told == [["ada"], ["bo"], ["office"]] * 3 + [["last"], [], []]
    assert list(Delivery.objects.filter(is_last=True).values_list("step", flat=True)) == [10]
    assert list(unanswered_cases()) == [case]
    assert Round.objects.get().due_at is None


def test_a_severe_case_goes_round_once_and_a_concern_stays_with_the_first(site: Site, ladder: None):
    make_case(site, Severity.SEVERE, SCHOOL_TIME)
    assert [prepare(SCHOOL_TIME, 61 * number) for number in range(5)] == [["ada"], ["bo"], ["office"], ["last"], []]
    make_case(site, Severity.CONCERN, SCHOOL_TIME)
    assert [prepare(SCHOOL_TIME, 600 + 61 * number) for number in range(3)] == [["ada"], [], []]


def test_somebody_in_quiet_hours_is_passed_over_and_told_when_they_end(site: Site):
    factories.make_contact(site, email="ada@x.example", **DAY_ONLY)
    factories.make_contact(site, email="bo@x.example", order=2)
    make_case(site, Severity.SEVERE, NIGHT)
    assert prepare(NIGHT) == ["bo"]
    assert prepare(NIGHT, 61) == []
    assert prepare(NIGHT, 460) == ["ada"]  # 6:40


@pytest.mark.parametrize(("disturb_from", "told"), [("imminent", ["ada"]), ("", ["bo"]), ("severe", ["ada"])])
def test_quiet_hours_give_way_to_the_severity_that_the_contact_chose(site: Site, disturb_from: str, told: list[str]):
    factories.make_contact(site, email="ada@x.example", disturb_from=disturb_from, **DAY_ONLY)
    factories.make_contact(site, email="bo@x.example", order=2)
    make_case(site, Severity.IMMINENT, NIGHT)
    assert prepare(NIGHT) == told


def test_when_the_whole_ladder_is_quiet_the_last_responder_is_told_at_once(site: Site):
    factories.make_contact(site, email="ada@x.example", disturb_from="", **DAY_ONLY)
    factories.make_contact(None, email="last@x.example", is_last_responder=True, **DAY_ONLY)
    make_case(site, Severity.IMMINENT, NIGHT)
    assert prepare(NIGHT) == ["last"]
    assert prepare(NIGHT, 11) == []
    assert prepare(NIGHT, 460) == ["ada"], "the morning brings the others"


def test_when_nobody_answers_last_an_imminent_case_breaks_the_quiet(site: Site):
    factories.make_contact(site, email="ada@x.example", disturb_from="", **DAY_ONLY)
    make_case(site, Severity.SEVERE, NIGHT)
    assert prepare(NIGHT) == []
    make_case(site, Severity.IMMINENT, NIGHT)
    assert prepare(NIGHT) == ["ada"]


def test_a_contact_with_two_quiet_days_is_told_on_the_third(site: Site):
    saturday = datetime(2026, 11, 28, 16, tzinfo=UTC)
    factories.make_contact(site, email="ada@x.example", quiet_days=[5, 6])
    make_case(site, Severity.SEVERE, saturday)
    assert prepare(saturday) == []
    assert prepare(saturday, 24 * 60) == []
    assert prepare(saturday, 48 * 60) == ["ada"]


def test_who_is_on_call_is_told_first_when_nobody_is_at_school_even_in_quiet_hours(site: Site, ladder: None):
    bo = Contact.objects.get(email="bo@x.example")
    Contact.objects.filter(pk=bo.pk).update(quiet_days=[0, 1, 2, 3, 4, 5, 6], disturb_from="")
    Shift.objects.create(
        contact=bo, starts_at=NIGHT - timedelta(hours=2), ends_at=NIGHT + timedelta(hours=8), time_zone="UTC"
    )
    make_case(site, Severity.SEVERE, NIGHT)
    assert [prepare(NIGHT, 61 * number) for number in range(3)] == [["bo"], ["ada"], ["office"]]
    assert set(Delivery.objects.values_list("duty", flat=True)) == {Duty.USUAL}
    make_case(site, Severity.SEVERE, SCHOOL_TIME)
    assert "ada" in prepare(SCHOOL_TIME + timedelta(days=1)), "in school hours the list begins as usual"


def test_an_alert_says_when_nobody_is_on_duty(site: Site, ladder: None):
    make_case(site, Severity.SEVERE, NIGHT)
    prepare(NIGHT)
    assert Delivery.objects.get().duty == Duty.NOBODY
    make_case(site, Severity.IMMINENT, SCHOOL_TIME)
    prepare(SCHOOL_TIME)
    assert Delivery.objects.get(severity="imminent").duty == Duty.USUAL


@pytest.mark.parametrize(
    ("hours", "is_there"),
    [(-1, False), (0, True), (7, True), (8, False), (168, True), (175, True), (176, False), (504, True), (672, False)],
)
def test_a_weekly_shift_comes_back_each_week_up_to_its_last_day(site: Site, hours: int, is_there: bool):
    contact = factories.make_contact(site)
    starts = datetime(2026, 10, 16, 22, tzinfo=UTC)  # a Friday, 17:00; the clocks change on November 1
    apply_contacts(
        [ContactSpec(site.code, "A", contact.email, 1)],
        [
            ShiftSpec(site.code, contact.email, datetime(2026, 10, 16, 17), datetime(2026, 10, 17, 1),  # noqa: DTZ001
                      "America/Chicago", is_weekly=True, until=datetime(2026, 11, 6).date())  # noqa: DTZ001
        ],
    )  # fmt: skip

    later = timedelta(hours=1) if hours > 400 else timedelta(0)  # after the change the same local hour comes later
    assert (contact.pk in presence_at(site, starts + timedelta(hours=hours) + later).on_call) is is_there


BREAK = datetime(2026, 12, 19, 6, tzinfo=UTC)
BREAK_END = datetime(2027, 1, 4, 6, tzinfo=UTC)


@pytest.fixture
def winter(site: Site) -> Break:
    return Break.objects.create(site=site, name="Winter break", starts_at=BREAK, ends_at=BREAK_END)


def test_cases_open_when_a_break_begins_go_to_those_on_call_and_the_district(site: Site, ladder: None, winter: Break):
    bo = Contact.objects.get(email="bo@x.example")
    Shift.objects.create(contact=bo, starts_at=BREAK, ends_at=BREAK_END, time_zone="UTC")
    before = BREAK - timedelta(hours=5)
    make_case(site, Severity.CONCERN, before)
    make_case(site, Severity.SEVERE, before)
    assert prepare(before) == ["ada"]
    assert prepare(BREAK, 1) == ["bo"], "for both cases, at once"
    assert Delivery.objects.filter(contact=bo).count() == 2
    assert set(Delivery.objects.filter(contact=bo).values_list("duty", flat=True)) == {Duty.ASLEEP}
    assert prepare(BREAK, 2) == []
    assert prepare(BREAK, 63) == ["office"], "the severe one climbs on; ada is away"


@pytest.fixture
def nobody_acts(settings, tmp_path) -> None:
    text = settings.HEED_POLICY_FILE.read_text().replace('open_cases = "on_call"', 'open_cases = "nobody"')
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    settings.HEED_POLICY_FILE.write_text(text)
    assert policy_room.current_policy().open_cases == "nobody"


def test_where_policy_says_so_everybody_learns_once_that_nobody_will_act(
    site: Site, ladder: None, winter: Break, nobody_acts: None
):
    before = BREAK - timedelta(hours=5)
    make_case(site, Severity.IMMINENT, before)
    assert prepare(before) == ["ada"]
    assert prepare(BREAK, 1) == ["ada", "office", "last", "bo"]
    assert prepare(BREAK, 60) == prepare(BREAK, 6000) == []
    assert Delivery.objects.filter(duty=Duty.UNWATCHED).count() == 4
    assert prepare(BREAK_END, 1) == ["bo"], "after the break it climbs on from where it was"


def test_acknowledging_rests_the_escalation_for_the_policys_time(site: Site, ladder: None):
    case = make_case(site, Severity.IMMINENT, SCHOOL_TIME)
    assert prepare(SCHOOL_TIME) == ["ada"]
    user = factories.make_user("", site)
    with clock.standing_at(SCHOOL_TIME + timedelta(minutes=5)):
        do_acknowledge_case(case, actor=user)
    assert AuditEvent.objects.get().tag == "alert:case:acknowledge"
    assert prepare(SCHOOL_TIME, 30) == []
    assert prepare(SCHOOL_TIME, 66) == ["bo"]
    with pytest.raises(CaseNotFound):
        do_acknowledge_case(case, actor=factories.make_user(""))
    do_decide_case(case, actor=user, outcome=Outcome.SUPPORT, reason="Spoke with the student.")
    assert do_acknowledge_case(case, actor=user) is None


def test_channels_carry_from_their_floor_on_and_a_broken_one_is_left_out(site: Site):
    apply_contacts(
        [
            ContactSpec(
                site.code, "Ada", "ada@x.example", 1,
                channels=(
                    ChannelSpec(ChannelKind.SMS, "+15055550101", Severity.SEVERE),
                    ChannelSpec(ChannelKind.VOICE, "+15055550101", Severity.IMMINENT),
                ),
            )
        ]
    )  # fmt: skip
    for severity, kinds in [
        ("concern", {"email"}),
        ("severe", {"email", "sms"}),
        ("imminent", {"email", "sms", "voice"}),
    ]:
        case = make_case(site, Severity(severity), SCHOOL_TIME)
        prepare(SCHOOL_TIME)
        assert {row.kind.value for row in Delivery.objects.filter(case=case)} == kinds
    contact = Contact.objects.get()
    contact.channels.filter(kind="voice").update(broken_since=SCHOOL_TIME)
    Contact.objects.update(broken_since=SCHOOL_TIME)
    case = make_case(site, Severity.IMMINENT, SCHOOL_TIME)
    prepare(SCHOOL_TIME)
    assert {row.kind.value for row in Delivery.objects.filter(case=case)} == {"sms"}
    contact.channels.update(broken_since=SCHOOL_TIME)
    case = make_case(site, Severity.IMMINENT, SCHOOL_TIME)
    prepare(SCHOOL_TIME)
    assert {row.kind.value for row in Delivery.objects.filter(case=case)} == {"email", "sms", "voice"}


def test_contacts_with_channels_quiet_hours_and_shifts_become_what_the_file_says(site: Site):
    def spec(number: str) -> ContactSpec:
        channels = (ChannelSpec(ChannelKind.SMS, number, Severity.SEVERE),) if number else ()
        quiet = QuietSpec(time(21), time(6), (5,), None) if number else None
        return ContactSpec(site.code, "Ada", "ada@x.example", 1, channels, quiet)

    apply_contacts([spec("+15055550101")])
    contact = Contact.objects.get()
    channel = contact.channels.get()
    assert (channel.address, channel.is_active, contact.quiet_days, contact.disturb_from) == (
        "+15055550101",
        True,
        [5],
        "",
    )
    contact.channels.update(broken_since=SCHOOL_TIME)
    apply_contacts([spec("+15055550101")])
    assert contact.channels.get().broken_since is not None
    apply_contacts([spec("+15055550102")])
    assert contact.channels.get().broken_since is None
    apply_contacts([spec("")])
    contact.refresh_from_db()
    assert not contact.channels.get().is_active
    assert (contact.quiet_from, contact.quiet_days, contact.disturb_from) == (None, [], "imminent")


def test_nobody_is_told_of_the_same_step_twice_when_rounds_are_lost(site: Site, ladder: None):
    case = make_case(site, Severity.SEVERE, SCHOOL_TIME)
    prepare(SCHOOL_TIME)
    Round.objects.all().delete()
    assert prepare(SCHOOL_TIME, 2) == []
    assert prepare(SCHOOL_TIME, 61) == ["bo"]
    assert Delivery.objects.filter(case=case).count() == 2
