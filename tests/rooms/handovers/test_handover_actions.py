"""A hand-over from its draft to its end: signed under one's own name, never changed after, seen by nobody else."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, connection

from monitor.accounts.models import Role
from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.handovers.access import HandoverNotFound, handovers_for, next_steps_for
from monitor.handovers.actions import (
    Changed,
    KindOff,
    NotReleased,
    SamePerson,
    WordsMissing,
    WrongName,
    do_close,
    do_edit,
    do_export,
    do_log,
    do_look,
    do_second,
    do_sign,
    do_start,
)
from monitor.handovers.document import Incomplete, build_document, digest_of, export_json, given_fields
from monitor.handovers.kinds import LONG, SPECS, spec_of
from monitor.handovers.meetings import (
    NoOwner,
    NoSuchSchool,
    NoSuchStep,
    do_add_step,
    do_call_meeting,
    do_finish_step,
    owners_of,
)
from monitor.handovers.models import Entry, EntryKind, Handover, HandoverState, Kind, Meeting, Result, Signature
from monitor.handovers.recipients import NotYours, do_add_recipient, do_remove_recipient, recipients_for
from monitor.tips.access import TipNotFound, access_tip
from monitor.tips.actions import do_name_student
from monitor.triage.access import CaseNotFound
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case
from tests.rooms import factories
from tests.rooms.handovers.forms import WORDS, draft, filled, make_recipient, signed
from tests.rooms.tips.reporting import make_web_tip
from tests.rooms.workers import together


@pytest.fixture(autouse=True)
def _emergencies(settings):
    settings.HEED_EMERGENCY_DISCLOSURE = True


def second(handover, actor, *, approve=True, **changes):
    given = {"typed_name": actor.name, "digest": handover.digest, "reason": "not needed to protect anybody"}
    return do_second(handover, actor=actor, approve=approve, **(given | changes))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_filled_in_signed_and_released(school, case, kind):
    handover = signed(case, school.counselor, kind)
    spec = SPECS[kind]
    assert handover.state == (HandoverState.WAITING if spec.second_person else HandoverState.RELEASED)
    content = json.loads(handover.document)
    assert [field["key"] for field in content["fields"]] == [field.key for field in spec.fields]
    assert handover.digest == digest_of(handover.document)
    signature = Signature.objects.get()
    assert (signature.user, signature.digest, signature.part) == (school.counselor, handover.digest, "author")
    assert (content["student"] is not None) == spec.names_student
    assert content["recipients"][0]["name"] == "Dr. Ottoline Reyes"


@pytest.mark.parametrize("kind", [Kind.THREAT, Kind.SCREENING])
def test_no_form_asks_for_what_only_a_team_may_conclude(kind):
    words = " ".join(f"{field.label} {field.hint} {field.choices}" for field in spec_of(kind).fields).lower()
    for conclusion in ("transient", "substantive", "very serious", "low risk", "moderate risk", "high risk", "level"):
        assert conclusion not in words


def test_nothing_is_filled_in_from_a_finding(school, case):
    handover = do_start(case, actor=school.counselor, kind=Kind.THREAT, fields={}, recipients=[])
    assert given_fields(handover) == {}
    assert factories.EXCERPT not in handover.fields


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_needed_is_asked_for_before_signing(school, case, kind):
    handover = do_start(case, actor=school.counselor, kind=kind, fields={}, recipients=[])
    with pytest.raises(Incomplete) as missing:
        do_sign(handover, actor=school.counselor, typed_name=school.counselor.name, revision=1)
    needed = {field.key for field in spec_of(kind).fields if field.is_required}
    assert set(missing.value.problems) == needed | {"recipients"}
    handover.refresh_from_db()
    assert (handover.state, handover.digest, handover.revision) == ("draft", "", 1)


def test_a_threat_that_is_not_articulated_is_no_reason_for_an_emergency(school, case):
    handover = draft(case, school.counselor, Kind.EMERGENCY, threat="Might be dangerous.")
    with pytest.raises(Incomplete) as missing:
        do_sign(handover, actor=school.counselor, typed_name=school.counselor.name, revision=1)
    assert set(missing.value.problems) == {"threat"}


@pytest.mark.parametrize("name", ["", "Somebody Else", "C"])
def test_nobody_signs_under_another_name(school, case, name):
    handover = draft(case, school.counselor)
    with pytest.raises(WrongName):
        do_sign(handover, actor=school.counselor, typed_name=name, revision=1)
    assert do_sign(handover, actor=school.counselor, typed_name=f"  {school.counselor.name.upper()} ", revision=1)


def test_what_is_signed_is_what_was_read(school, case):
    handover = draft(case, school.counselor)
    do_edit(handover, actor=school.colleague, revision=1, fields=filled(Kind.SCHOOL_CARE, asked="More."), recipients=[])
    with pytest.raises(Changed):
        do_sign(handover, actor=school.counselor, typed_name=school.counselor.name, revision=1)
    with pytest.raises(Changed):
        do_edit(handover, actor=school.counselor, revision=1, fields={}, recipients=[])


def test_what_is_signed_is_never_changed(school, case):
    handover = signed(case, school.counselor)
    with pytest.raises(Changed):
        do_edit(handover, actor=school.counselor, revision=handover.revision, fields={}, recipients=[])
    with pytest.raises(Changed):
        do_sign(handover, actor=school.counselor, typed_name=school.counselor.name, revision=handover.revision)
    with pytest.raises(IntegrityError):
        Handover.objects.filter(pk=handover.pk).update(digest="")


def test_two_who_sign_at_once_sign_once(shared_database, settings):
    factories.make_district()
    site = factories.make_site("oak-high")
    people = [factories.make_user(f"p{number}@district.example", site) for number in range(2)]
    factories.make_finding(factories.make_account(site))
    group_findings()
    handover = draft(Case.objects.get(), people[0])

    def sign(person) -> bool:
        try:
            do_sign(handover, actor=person, typed_name=person.name, revision=1)
        except Changed:
            return False
        return True

    assert sorted(together(*[lambda person=person: sign(person) for person in people])) == [False, True]
    assert Signature.objects.count() == 1


def test_emergencies_are_off_by_default_even_for_a_draft_from_before(school, case, settings):
    handover, waiting = draft(case, school.counselor, Kind.EMERGENCY), signed(case, school.counselor, Kind.EMERGENCY)
    settings.HEED_EMERGENCY_DISCLOSURE = False
    with pytest.raises(KindOff):
        draft(case, school.counselor, Kind.EMERGENCY)
    with pytest.raises(KindOff):
        do_sign(handover, actor=school.counselor, typed_name=school.counselor.name, revision=1)
    with pytest.raises(KindOff):
        second(waiting, school.colleague)
    second(waiting, school.colleague, approve=False)


def test_an_emergency_leaves_only_after_another_person_approved_it(school, case):
    handover = signed(case, school.counselor, Kind.EMERGENCY)
    with pytest.raises(NotReleased):
        do_export(handover, actor=school.counselor, format_name="pdf")
    with pytest.raises(SamePerson):
        second(handover, school.counselor)
    with pytest.raises(WrongName):
        second(handover, school.colleague, typed_name=school.counselor.name)
    with pytest.raises(Changed):
        second(handover, school.colleague, digest="0" * 64)
    second(handover, school.colleague)
    assert do_export(handover, actor=school.counselor, format_name="pdf").state == "released"
    assert [one["part"] for one in json.loads(export_json(handover))["signatures"]] == ["author", "second"]
    with pytest.raises(SamePerson):
        second(handover, school.colleague, approve=False)


def test_whoever_wrote_the_draft_is_not_the_second_person_either(school, case):
    handover = draft(case, school.counselor, Kind.EMERGENCY)
    handover = do_sign(handover, actor=school.colleague, typed_name=school.colleague.name, revision=1)
    with pytest.raises(SamePerson):
        second(handover, school.counselor)


def test_a_refused_emergency_stays_refused_with_its_reason(school, case):
    handover = signed(case, school.counselor, Kind.EMERGENCY)
    with pytest.raises(WordsMissing):
        second(handover, school.colleague, approve=False, reason=" ")
    second(handover, school.colleague, approve=False)
    handover.refresh_from_db()
    assert handover.state == "refused"
    assert Entry.objects.get().text == "not needed to protect anybody"
    with pytest.raises(NotReleased):
        do_export(handover, actor=school.counselor, format_name="json")


@pytest.mark.parametrize("who", ["stranger", "it"])
def test_a_stranger_and_it_staff_can_do_nothing_with_a_hand_over(school, case, who):
    handover, person = signed(case, school.counselor), getattr(school, who)
    waiting = signed(case, school.counselor, Kind.EMERGENCY)
    before = AuditEvent.objects.count()
    acts = [
        lambda: do_edit(handover, actor=person, revision=2, fields={}, recipients=[]),
        lambda: do_sign(handover, actor=person, typed_name=person.name, revision=2),
        lambda: second(waiting, person),
        lambda: do_look(handover, actor=person),
        lambda: do_export(handover, actor=person, format_name="pdf"),
        lambda: do_log(handover, actor=person, kind=EntryKind.NOTE, text="hello"),
        lambda: do_close(handover, actor=person, result=Result.DONE, text="hello"),
        lambda: do_add_step(handover, actor=person, text="call", owner=person, due_on=date(2026, 12, 1)),
    ]
    for act in acts:
        with pytest.raises(HandoverNotFound):
            act()
    with pytest.raises(CaseNotFound):
        draft(case, person)
    assert not handovers_for(person).exists()
    assert AuditEvent.objects.count() == before


def test_every_look_and_export_is_on_the_chain(school, case):
    handover = signed(case, school.counselor)
    do_look(handover, actor=school.colleague)
    do_export(handover, actor=school.colleague, format_name="pdf")
    events = list(AuditEvent.objects.filter(subject=handover.public_id).values_list("tag", "actor"))
    assert events == [
        (Tag.HANDOVER_STARTED.value, school.counselor.actor),
        (Tag.HANDOVER_SIGNED.value, school.counselor.actor),
        (Tag.HANDOVER_VIEWED.value, school.colleague.actor),
        (Tag.HANDOVER_EXPORTED.value, school.colleague.actor),
    ]
    assert verify() == len(events)


def test_nothing_of_a_hand_over_rests_in_clear(school, case):
    handover = signed(case, school.counselor)
    do_log(handover, actor=school.counselor, kind=EntryKind.RETURNED, text="Zinnia agreed to meet.")
    do_add_step(handover, actor=school.counselor, text="call Zinnia", owner=school.colleague, due_on=date(2026, 12, 1))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                kept = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                for secret in ("Zinnia", WORDS, factories.STUDENT_NAME, factories.STUDENT_ADDRESS):
                    assert secret.encode() not in kept, table


def test_answers_are_cut_and_only_this_kinds_questions_are_kept(school, case):
    handover = draft(case, school.counselor, observed="x" * 9000, officer="Sgt. Nobody")
    assert len(given_fields(handover)["observed"]) == LONG
    assert "officer" not in given_fields(handover)


def test_recipients_of_another_kind_or_school_or_of_the_past_cannot_be_chosen(school, case):
    elsewhere = make_recipient(Kind.SCHOOL_CARE, factories.make_site())
    other = make_recipient(Kind.THREAT)
    gone = make_recipient(Kind.SCHOOL_CARE, is_active=False)
    own = make_recipient(Kind.SCHOOL_CARE, school.site)
    handover = do_start(
        case, actor=school.counselor, kind=Kind.SCHOOL_CARE, fields={},
        recipients=[elsewhere.pk, other.pk, gone.pk, own.pk],
    )  # fmt: skip
    assert list(handover.recipients.all()) == [own]


def test_the_log_and_the_end(school, case):
    handover = signed(case, school.counselor)
    with pytest.raises(WordsMissing):
        do_log(handover, actor=school.counselor, kind=EntryKind.NOTE, text=" ")
    do_log(handover, actor=school.counselor, kind=EntryKind.NOT_REACHED, text="Called at ten, nobody there.")
    do_close(handover, actor=school.colleague, result=Result.LINKED, text="Meets the counselor on Mondays.")
    handover.refresh_from_db()
    assert (handover.state, handover.result, handover.closed_by) == ("closed", "linked", school.colleague)
    assert [entry.kind for entry in Entry.objects.all()] == ["not_reached", "closing"]
    with pytest.raises(Changed):
        do_close(handover, actor=school.counselor, result=Result.DONE, text="again")
    case.refresh_from_db()
    assert case.state == "open"  # the case is decided by a person, not by its hand-over


def test_a_draft_has_no_log_no_step_and_no_end(school, case):
    handover = draft(case, school.counselor)
    with pytest.raises(NotReleased):
        do_log(handover, actor=school.counselor, kind=EntryKind.NOTE, text="hello")
    with pytest.raises(NotReleased):
        do_add_step(handover, actor=school.counselor, text="call", owner=school.colleague, due_on=date(2026, 12, 1))
    with pytest.raises(Changed):
        do_close(handover, actor=school.counselor, result=Result.DONE, text="hello")


def test_a_next_step_has_an_owner_who_may_see_the_case_and_a_day(school, case):
    handover = signed(case, school.counselor)
    for owner in (school.stranger, school.it, None):
        with pytest.raises(NoOwner):
            do_add_step(handover, actor=school.counselor, text="call", owner=owner, due_on=date(2026, 12, 1))
    with pytest.raises(WordsMissing):
        do_add_step(handover, actor=school.counselor, text=" ", owner=school.colleague, due_on=date(2026, 12, 1))
    step = do_add_step(
        handover, actor=school.counselor, text="call home", owner=school.colleague, due_on=date(2026, 12, 1)
    )
    assert list(next_steps_for(school.colleague)) == [step]
    for person in (school.stranger, school.it):
        with pytest.raises(NoSuchStep):
            do_finish_step(step.pk, actor=person)
    do_finish_step(step.pk, actor=school.colleague)
    do_finish_step(step.pk, actor=school.counselor)
    step.refresh_from_db()
    assert step.done_by == school.colleague
    assert AuditEvent.objects.filter(tag=Tag.STEP_DONE.value).count() == 1
    assert owners_of(case) == sorted([school.colleague, school.counselor], key=lambda person: person.name)


def test_the_districts_lead_works_at_every_school_and_those_who_only_count_at_none(school, case):
    handover = signed(case, school.counselor)
    lead = factories.make_user("lead@district.example", role=Role.SAFETY_LEAD)
    assert do_look(handover, actor=lead).public_id == handover.public_id
    assert lead in owners_of(case)
    assert do_add_step(handover, actor=lead, text="call home", owner=lead, due_on=date(2026, 12, 1)).owner == lead
    assert do_add_recipient(school.site, actor=lead, kind=Kind.THREAT, name="Team", organisation="", reach="")
    tip = make_web_tip(school.site)
    assert access_tip(lead, tip.public_id) == tip
    assert do_name_student(tip, actor=lead, address=school.account.address).account == school.account
    for role in (Role.AUDITOR, Role.BOARD_VIEWER):
        person = factories.make_user("", school.site, role=role)
        assert not handovers_for(person).exists()
        with pytest.raises(TipNotFound):
            access_tip(person, tip.public_id)


def test_a_meeting_of_a_school_and_day_is_one(school):
    day = date(2026, 12, 1)
    first = do_call_meeting(school.site, actor=school.counselor, held_on=day)
    assert do_call_meeting(school.site, actor=school.colleague, held_on=day) == first
    for person in (school.stranger, school.it):
        with pytest.raises(NoSuchSchool):
            do_call_meeting(school.site, actor=person, held_on=day)
    assert Meeting.objects.count() == 1


def test_site_administrators_keep_the_list_of_recipients(school):
    given = {"kind": Kind.THREAT, "name": "Threat team", "organisation": "", "reach": ""}
    for person in (school.counselor, school.stranger, school.it):
        with pytest.raises(NotYours):
            do_add_recipient(school.site, actor=person, **given)
    one = do_add_recipient(school.site, actor=school.colleague, **given)
    district = make_recipient(Kind.THREAT)
    assert set(recipients_for(school.counselor)) == {one, district}
    assert set(recipients_for(school.stranger)) == {district}
    for target, person in ((one, school.counselor), (district, school.colleague)):
        with pytest.raises(NotYours):
            do_remove_recipient(target, actor=person)
    do_remove_recipient(one, actor=school.colleague)
    one.refresh_from_db()
    assert not one.is_active


def test_the_digest_covers_every_letter(school, case):
    handover = signed(case, school.counselor)
    assert digest_of(handover.document.replace("alone", "aIone")) != handover.digest
    exported = json.loads(export_json(handover))
    again = json.dumps(exported["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest_of(again) == handover.digest  # anybody can check it from the export alone


def test_a_case_without_a_student_is_handed_over_by_its_number(school):
    tip = make_web_tip(school.site)
    handover = draft(tip.case, school.counselor)
    assert json.loads(build_document(handover, school.counselor, tip.opened_at))["student"] is None
