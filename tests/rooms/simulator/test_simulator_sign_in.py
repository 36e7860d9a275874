"""The token endpoint accepts what Google accepts and refuses in Google's words."""

import time
import urllib.parse

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError

from monitor.simulator.oauth import GRANT_TYPE
from monitor.simulator.people import ADMIN

GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
UNAUTHORIZED = {
    "error": "unauthorized_client",
    "error_description": "Client is unauthorized to retrieve access tokens using this method, "
    "or client not authorized for any of the scopes requested.",
}


def _claims(office, **changes):
    now = int(time.time())
    claims = {
        "iss": "heed@cedar-valley-sim.iam.gserviceaccount.com",
        "sub": office.students[0],
        "scope": GMAIL,
        "aud": office.simulation.endpoint + "/token",
        "iat": now,
        "exp": now + 3600,
    }
    # A tuple ("now", seconds) is an instant: the parameters of a test are made long before it runs.
    changes = {name: now + value[1] if isinstance(value, tuple) else value for name, value in changes.items()}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def _ask(office, claims, signer=None, **form):
    signer = signer or crypt.RSASigner.from_service_account_file(str(office.simulation.key_file))
    assertion = jwt.encode(signer, claims).decode()
    content = urllib.parse.urlencode({"grant_type": GRANT_TYPE, "assertion": assertion, **form}).encode()
    return office.fetch("/token", data=content, Content_Type="application/x-www-form-urlencoded")[:2]


def test_googles_own_library_signs_in_as_a_student(office):
    token = office.token("gmail.readonly", office.students[0])
    status, profile, _ = office.fetch("/gmail/v1/users/me/profile", token)
    assert (status, profile["emailAddress"]) == (200, office.students[0])


def test_a_good_assertion_gets_a_bearer_token_for_an_hour(office):
    status, body = _ask(office, _claims(office))
    assert status == 200
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")


@pytest.mark.parametrize(
    ("changes", "status", "error", "words"),
    [
        ({"aud": "https://example.com/token"}, 400, "invalid_grant", "audience"),
        ({"exp": ("now", -400), "iat": ("now", -4000)}, 400, "invalid_grant", "reasonable timeframe"),
        ({"iat": ("now", 900), "exp": ("now", 1900)}, 400, "invalid_grant", "reasonable timeframe"),
        ({"exp": ("now", 9000)}, 400, "invalid_grant", "reasonable timeframe"),
        ({"exp": "soon"}, 400, "invalid_grant", "reasonable timeframe"),
        ({"iss": "somebody@else.iam.gserviceaccount.com"}, 400, "invalid_grant", "account not found"),
        ({"scope": ""}, 400, "invalid_scope", "scope"),
        ({"sub": "nobody@cedarvalley.example"}, 400, "invalid_grant", "Invalid email or User ID"),
    ],
)
def test_a_wrong_assertion_is_refused_in_googles_words(office, changes, status, error, words):
    found, body = _ask(office, _claims(office, **changes))
    assert (found, body["error"]) == (status, error)
    assert words in body["error_description"]


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "https://www.googleapis.com/auth/gmail.modify"},
        {"scope": GMAIL + " https://mail.google.com/"},
        {"sub": "somebody@another.example"},
    ],
)
def test_a_scope_or_subject_that_was_not_granted_is_unauthorized(office, changes):
    assert _ask(office, _claims(office, **changes)) == (401, UNAUTHORIZED)


def test_another_key_is_an_invalid_signature(office):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    status, body = _ask(office, _claims(office), crypt.RSASigner.from_string(pem))
    assert (status, body) == (400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})


@pytest.mark.parametrize("form", [{"grant_type": "refresh_token"}, {"assertion": "no.jwt"}, {"assertion": ""}])
def test_a_malformed_form_is_refused(office, form):
    status, body = _ask(office, _claims(office), **form)
    assert status == 400
    assert set(body) == {"error", "error_description"}


def test_a_suspended_person_cannot_be_impersonated_and_loses_their_tokens(office):
    email = office.students[1]
    token = office.token("gmail.readonly", email)
    office.control.do("suspend", email=email)
    assert _ask(office, _claims(office, sub=email))[0] == 400
    assert office.fetch("/gmail/v1/users/me/profile", token)[0] == 401
    office.control.do("suspend", email=email, suspended=False)
    assert office.fetch("/gmail/v1/users/me/profile", token)[0] == 200


def test_a_revoked_subject_and_a_revoked_scope_are_refused_until_restored(office):
    email = office.students[2]
    office.control.do("revoke", subject=email)
    with pytest.raises(RefreshError, match="unauthorized_client"):
        office.token("gmail.readonly", email)
    office.control.do("revoke", subject=email, restore=True)
    office.control.do("revoke", scope=GMAIL)
    assert _ask(office, _claims(office, sub=email)) == (401, UNAUTHORIZED)
    office.control.do("revoke", scope=GMAIL, restore=True)
    assert _ask(office, _claims(office, sub=email))[0] == 200


def test_a_token_ends_by_the_simulators_clock_and_the_client_signs_in_again(office):
    email = office.students[3]
    gmail = office.client("gmail", email)
    gmail.users().getProfile(userId="me").execute()
    token = office.token("gmail.readonly", email)
    office.control.do("move_clock", seconds=3601)
    try:
        status, body, _ = office.fetch("/gmail/v1/users/me/profile", token)
        assert (status, body["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert gmail.users().getProfile(userId="me").execute()["emailAddress"] == email
    finally:
        office.control.do("move_clock", seconds=-3601)


def test_a_call_without_a_token_and_one_with_nonsense_are_unauthenticated(office):
    status, body, _ = office.fetch("/gmail/v1/users/me/profile")
    assert (status, body["error"]["errors"][0]["reason"]) == (401, "required")
    status, body, _ = office.fetch("/gmail/v1/users/me/profile", "ya29.nonsense")
    assert (status, body["error"]["errors"][0]["reason"]) == (401, "authError")


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("drive.readonly", "/gmail/v1/users/me/profile"),
        ("gmail.readonly", "/drive/v3/changes/startPageToken"),
        ("admin.directory.user.readonly", "/admin/directory/v1/customer/my_customer/orgunits"),
    ],
)
def test_a_token_of_another_scope_is_insufficient(office, scope, path):
    status, body, _ = office.fetch(path, office.token(scope, ADMIN))
    assert (status, body["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")
    assert body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_read_only_token_cannot_write(office):
    token = office.token("gmail.readonly", office.students[0])
    status, body, _ = office.fetch("/gmail/v1/users/me/messages/send", token, data=b"{}")
    assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_one_students_token_does_not_open_anothers_mailbox(office):
    token = office.token("gmail.readonly", office.students[0])
    status, body, _ = office.fetch(f"/gmail/v1/users/{office.students[1]}/profile", token)
    assert (status, body["error"]["errors"][0]["reason"]) == (403, "forbidden")
    assert office.fetch(f"/gmail/v1/users/{office.students[0]}/profile", token)[0] == 200
