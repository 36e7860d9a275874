"""Second factor, sessions, proof, people and the audit page."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from monitor.accounts.models import OpenSession, SecondFactor, User
from monitor.accounts.totp import code_at, step_at
from monitor.audit.models import AuditEvent
from monitor.lib import clock
from monitor.roster.models import SiteAccess
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import PASSWORD

RIGHT = {"email": "bo@district.example", "password": PASSWORD}
AT_A_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 Version/17 Mobile Safari/604"


def text(answer) -> str:
    return unescape(answer.content.decode())


def proved(user: User) -> Client:
    client = Client()
    client.post("/sign-in/", {"email": user.email, "password": PASSWORD})
    return client


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set up the authenticator app; its secret and the recovery codes."""
    page = text(client.get("/account/second-factor/"))
    secret = re.search(r'key: <span class="code">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    answer = client.post("/account/second-factor/", {"code": code_at(secret, step_at(clock.now()))})
    return secret, re.findall(r'<li class="code">([a-z0-9-]+)</li>', text(answer))


def test_with_a_second_factor_the_password_alone_opens_nothing(cast):
    secret, codes = set_up(proved(cast.bo))
    assert len(codes) == 10
    client = Client()
    assert client.post("/sign-in/", {**RIGHT, "next": "/decided/"})["Location"] == "/sign-in/code/"
    assert client.get("/").status_code == 302
    wrong = client.post("/sign-in/code/", {"code": "000 00x"})
    assert wrong.status_code == 422
    later = clock.now() + timedelta(minutes=2)
    with clock.standing_at(later):
        right = client.post("/sign-in/code/", {"code": code_at(secret, step_at(later))})
    assert right["Location"] == "/decided/"
    assert client.get("/").status_code == 200


def test_the_code_is_owed_for_five_minutes_only(cast):
    secret, _ = set_up(proved(cast.bo))
    client = Client()
    client.post("/sign-in/", RIGHT)
    later = clock.now() + timedelta(minutes=6)
    with clock.standing_at(later):
        answer = client.post("/sign-in/code/", {"code": code_at(secret, step_at(later))})
    assert answer["Location"] == "/sign-in/"


def test_guessing_codes_ends_like_guessing_passwords(cast):
    _, codes = set_up(proved(cast.bo))
    client = Client()
    client.post("/sign-in/", RIGHT)
    for _ in range(10):
        client.post("/sign-in/code/", {"code": "00000x"})
    assert client.post("/sign-in/code/", {"code": codes[0]}).status_code == 429


def test_where_it_is_required_nothing_opens_before_it_is_set_up(cast, settings):
    settings.HEED_REQUIRE_SECOND_FACTOR = True
    client = proved(cast.bo)
    assert client.get("/")["Location"] == "/account/second-factor/"
    assert "asks for a second step" in text(client.get("/account/second-factor/"))
    set_up(client)
    assert client.get("/").status_code == 200


def test_setting_it_up_ends_the_other_sessions_and_cannot_be_repeated(cast):
    other, client = proved(cast.bo), proved(cast.bo)
    set_up(client)
    assert other.get("/").status_code == 302
    assert client.get("/account/second-factor/")["Location"] == "/account/"
    assert SecondFactor.objects.count() == 1


def test_a_person_sees_where_they_are_signed_in_and_ends_it(cast):
    here, phone = proved(cast.bo), Client(HTTP_USER_AGENT=AT_A_PHONE)
    phone.post("/sign-in/", RIGHT)
    page = text(here.get("/account/"))
    assert "Safari on iPhone" in page
    assert "(this one)" in page
    row = OpenSession.objects.get(browser="Safari on iPhone")
    here.post(f"/account/sessions/{row.pk}/end/")
    assert phone.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(cast):
    mine, theirs = proved(cast.bo), proved(cast.ada)
    row = OpenSession.objects.get(user=cast.ada)
    mine.post(f"/account/sessions/{row.pk}/end/")
    assert theirs.get("/").status_code == 200
    assert not AuditEvent.objects.filter(tag="account:session:end").exists()


def test_one_press_ends_every_other_session(cast):
    here, there, elsewhere = (proved(cast.bo) for _ in range(3))
    here.post("/account/sessions/end/")
    assert [client.get("/").status_code for client in (here, there, elsewhere)] == [200, 302, 302]


INVITED = {"email": "new@district.example", "name": "Nell Orme", "role": "counselor", "site": ["pine"]}


def test_somebody_is_invited_by_role_and_school(cast):
    assert proved(cast.ivy).post("/people/invite/", INVITED)["Location"] == "/people/"
    new = User.objects.get(email="new@district.example")
    assert (new.role, new.has_usable_password()) == ("counselor", False)
    assert list(SiteAccess.objects.filter(user=new).values_list("site__code", flat=True)) == ["pine"]
    event = AuditEvent.objects.get(tag="account:user:add")
    assert (event.actor, event.detail) == (cast.ivy.actor, {"role": "counselor", "sites": ["pine"]})


def test_without_fresh_proof_nothing_is_done_and_nothing_is_replayed(cast):
    client = proved(cast.ivy)
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        answer = client.post("/people/invite/", INVITED)
        assert answer["Location"].startswith("/account/confirm/?next=")
        assert not User.objects.filter(email="new@district.example").exists()
        assert client.post("/account/confirm/", {"proof": "wrong", "next": "/people/"}).status_code == 422
        assert client.post("/account/confirm/", {"proof": PASSWORD, "next": "/people/"})["Location"] == "/people/"
        assert client.post("/people/invite/", INVITED)["Location"] == "/people/"


def test_proof_never_leads_elsewhere(cast):
    answer = proved(cast.ivy).post("/account/confirm/", {"proof": PASSWORD, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/account/"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"email": "bo@district.example"}, "can sign in already"),
        ({"email": "no address"}, "whole e-mail address"),
        ({"name": ""}, "Enter the person's name"),
        ({"role": ""}, "Choose a role"),
        ({"role": "emperor"}, "not one of the available choices"),
        ({"site": ["elm"]}, ""),
        ({"role": "safety_lead"}, "Only a district safety lead"),
    ],
)
def test_an_invitation_with_a_mistake_is_refused_and_says_why(cast, change, says):
    answer = proved(cast.ivy).post("/people/invite/", INVITED | change)
    assert answer.status_code == 422
    assert says in text(answer)
    assert not User.objects.filter(email="new@district.example").exists()


def test_a_removed_person_is_out_at_once_and_their_work_stays(cast):
    theirs = proved(cast.bo)
    proved(cast.ivy).post(f"/people/{cast.bo.pk}/remove/")
    assert theirs.get("/").status_code == 302
    assert Client().post("/sign-in/", RIGHT).status_code == 422
    assert User.objects.filter(pk=cast.bo.pk, is_active=False).exists()


def test_nobody_removes_themselves_or_a_lead_above_them(cast):
    client = proved(cast.ivy)
    for person in (cast.ivy, cast.lea):
        client.post(f"/people/{person.pk}/remove/")
        assert User.objects.get(pk=person.pk).is_active


def test_the_auditor_finds_who_did_what(cast, case):
    proved(cast.bo)
    client = proved(cast.ulf)
    page = text(client.get("/audit/"))
    assert "Bo Castell" in page
    assert "Signed in" in page
    assert "1 event," in text(client.get(f"/audit/?person={cast.bo.pk}&tag=account:session:open"))


@pytest.mark.parametrize("query", ["tag=x", "person=abc", "person=" + "9" * 40, "site=%00", "from=2026-99-99", "to=x"])
def test_a_search_that_makes_no_sense_is_left_out(cast, query):
    client = proved(cast.ulf)
    assert "1 event," in text(client.get(f"/audit/?{query}"))


def test_an_export_is_an_event_and_no_cell_is_a_formula(cast):
    User.objects.filter(pk=cast.bo.pk).update(name="=HYPERLINK(1)")
    proved(cast.bo)
    answer = proved(cast.ulf).get("/audit/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="heed-audit.csv"'
    assert "'=HYPERLINK(1)" in answer.content.decode()
    assert AuditEvent.objects.filter(tag="audit:events:export", actor=cast.ulf.actor).count() == 1


def test_small_counts_are_hidden_and_the_sum_does_not_give_them_away(cast, case):
    page = text(signed_in(cast.bea).get("/figures/"))
    assert "few" in page
    total = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert "Whole district" in total
    assert "few" in total
    assert ">1<" not in page
