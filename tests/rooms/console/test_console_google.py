"""Signing in with Google against a simulated issuer over real HTTP: whom it lets in, and whom it does not."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from monitor.accounts.models import OpenSession, User
from monitor.audit.models import AuditEvent
from monitor.console.sudo import KEY as PROVED
from tests.fakes.issuer import Issuer, _key_and_certificate, issuer_running
from tests.rooms.console.conftest import signed_in


@pytest.fixture
def issuer(cast, settings):
    with issuer_running() as running:
        settings.HEED_GOOGLE_ENDPOINT = running.endpoint
        settings.HEED_GOOGLE_SIGN_IN_ID, settings.HEED_GOOGLE_SIGN_IN_SECRET = "heed-console", "sign-in secret"
        yield running


def go(issuer: Issuer, client: Client, query: str = "", **changed: str):
    """Press the button, allow at Google, come back."""
    location = client.get(f"/sign-in/google/{query}")["Location"]
    assert location.startswith(f"{issuer.endpoint}/o/oauth2/v2/auth?")
    return client.get("/sign-in/google/back/", issuer.consent(location) | changed)


def test_an_invited_person_comes_in_and_lands_where_they_wanted(issuer, cast, case):
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36")
    answer = go(issuer, client, f"?next=/cases/{case.public_id}/")
    assert answer["Location"] == f"/cases/{case.public_id}/"
    assert client.get(f"/cases/{case.public_id}/").status_code == 200
    cast.bo.refresh_from_db()
    assert cast.bo.google_subject == "1001"
    assert list(OpenSession.objects.values_list("user__name", "way", "browser")) == [
        ("Bo Castell", "google", "Chrome on Android")
    ]
    assert AuditEvent.objects.get().detail == {"way": "google"}


def test_what_is_asked_of_google_is_the_least_and_is_bound_to_this_browser(issuer):
    query = parse_qs(urlsplit(Client().get("/sign-in/google/")["Location"]).query)
    assert query["scope"] == ["openid email"]
    assert query["hd"] == ["district.example"]
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/sign-in/google/back/"]
    for bound in ("state", "nonce", "code_challenge"):
        assert len(query[bound][0]) >= 43


REFUSED = {
    "another domain": ({"hd": "elsewhere.example"}, "not an account of your district"),
    "a private account": ({"hd": None}, "not an account of your district"),
    "an unverified address": ({"email_verified": False}, "not verified"),
    "verified in words only": ({"email_verified": "true"}, "not verified"),
    "somebody not invited": ({"email": "new@district.example", "sub": "77"}, "Nobody has invited"),
    "another nonce": ({"nonce": "other"}, "Begin it here again"),
    "another audience": ({"aud": "other"}, "Begin it here again"),
    "another issuer": ({"iss": "https://issuer.example"}, "Begin it here again"),
    "a token that ran out": ({"iat": 1_700_000_000, "exp": 1_700_003_600}, "Begin it here again"),
}


@pytest.mark.parametrize(("claims", "says"), REFUSED.values(), ids=REFUSED)
def test_whoever_does_not_fit_stays_outside(issuer, cast, claims, says):
    issuer.claims = claims
    client = Client()
    answer = go(issuer, client)
    assert answer.status_code == 403
    assert says in answer.content.decode()
    assert client.get("/").status_code == 302
    assert not User.objects.exclude(google_subject=None).exists()
    assert AuditEvent.objects.get().tag == "account:session:refuse"


def test_a_token_signed_by_another_key_is_refused(issuer):
    issuer.signing_key, _ = _key_and_certificate()
    assert go(issuer, Client()).status_code == 403


def test_a_state_of_another_browser_is_refused_before_google_is_asked(issuer):
    issuer.fails = True
    assert go(issuer, Client(), state="of somebody else").status_code == 403
    assert len(issuer.pending) == 1  # the code was not spent


def test_an_answer_is_good_once(issuer):
    client = Client()
    back = issuer.consent(client.get("/sign-in/google/")["Location"])
    assert client.get("/sign-in/google/back/", back).status_code == 302
    assert Client().get("/sign-in/google/back/", back).status_code == 403


def test_google_out_of_reach_is_said_and_counts_as_no_try(issuer, settings):
    client = Client()
    back = issuer.consent(client.get("/sign-in/google/")["Location"])
    settings.HEED_GOOGLE_ENDPOINT = "http://127.0.0.1:9"
    answer = client.get("/sign-in/google/back/", back)
    assert "Google did not answer" in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_stopping_at_google_is_no_mistake(issuer):
    client = Client()
    client.get("/sign-in/google/")
    answer = client.get("/sign-in/google/back/", {"error": "access_denied", "state": "x"})
    assert "You stopped at Google" in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_an_address_that_passed_to_somebody_else_opens_nothing(issuer, cast):
    User.objects.filter(pk=cast.bo.pk).update(google_subject="999")
    assert "belonged to somebody else" in go(issuer, Client()).content.decode()


def test_a_person_whose_address_changed_is_still_the_same_person(issuer, cast):
    User.objects.filter(pk=cast.bo.pk).update(google_subject="1001")
    issuer.claims = {"email": "bo.new@district.example"}
    client = Client()
    assert go(issuer, client).status_code == 302
    assert client.get("/").status_code == 200


def test_who_was_removed_cannot_come_back_through_google(issuer, cast):
    User.objects.filter(pk=cast.bo.pk).update(google_subject="1001", is_active=False)
    assert go(issuer, Client()).status_code == 403


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:go()"])
def test_google_never_leads_elsewhere(issuer, wanted):
    assert go(issuer, Client(), f"?next={wanted}")["Location"] == "/"


def test_proving_again_takes_the_person_who_is_signed_in(issuer, cast):
    client = signed_in(cast.bo)
    location = client.get("/sign-in/google/?prove=1&next=/account/")["Location"]
    assert parse_qs(urlsplit(location).query)["prompt"] == ["login"]
    assert client.get("/sign-in/google/back/", issuer.consent(location))["Location"] == "/account/"
    assert PROVED in client.session
    other = signed_in(cast.ada)
    assert go(issuer, other, "?prove=1").status_code == 403
    assert PROVED not in other.session


def test_the_button_is_there_only_where_google_is_set_up(issuer, cast, settings):
    assert "Sign in with Google" in Client().get("/sign-in/").content.decode()
    settings.HEED_GOOGLE_SIGN_IN_ID = ""
    assert "Sign in with Google" not in Client().get("/sign-in/").content.decode()
    assert Client().get("/sign-in/google/").status_code == 404
