"""No address of the console takes a post that another site made a browser send, and no cookie is there for scripts."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import PASSWORD

SAMPLES = {"int": "1", "slug": "0d425966955e", "str": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}
OPEN_TO_STRANGERS = {"report:form", "report:talk", "report:sms"}
"""Reporters have no session to misuse, and Twilio signs what it sends."""


def addresses(resolver: URLResolver, before: str = "", space: str = "") -> list[tuple[str, str]]:
    """(name, address) of everything under `resolver`, parameters filled in."""
    found = []
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += addresses(entry, route, entry.app_name or space)
        elif isinstance(entry, URLPattern):
            for kind in get_converters():
                for name in entry.pattern.converters:
                    route = route.replace(f"<{kind}:{name}>", SAMPLES[kind])
            found.append((f"{space}:{entry.name}", f"/{route}"))
    return found


ADDRESSES = addresses(get_resolver())


def test_the_addresses_are_all_there():
    names = {name for name, _ in ADDRESSES}
    assert {"console:decide", "console:remove_person", "office:exempt", "handovers:sign", *OPEN_TO_STRANGERS} <= names
    assert not [address for _, address in ADDRESSES if "<" in address]


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_a_post_without_the_page_s_token_is_refused(cast, name, address):
    if name in OPEN_TO_STRANGERS:
        pytest.skip("open to strangers by design")
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(cast.lea).cookies
    answer = client.post(address, {"csrfmiddlewaretoken": "0" * 64})
    assert answer.status_code == 403


def test_no_cookie_can_be_read_by_a_script(cast):
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"email": cast.lea.email, "password": PASSWORD})
    assert {"csrftoken", "sessionid"} <= client.cookies.keys()
    assert [name for name, cookie in client.cookies.items() if not cookie["httponly"]] == []
