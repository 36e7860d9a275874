"""The one door outward, against real servers: what it refuses, and what it bounds."""

import socket
import threading

import pytest

from monitor.lib import http
from monitor.lib.http import AddressRefused, Door, NoAnswer
from tests.fakes.web import Web, web_server

HERE = frozenset({"127.0.0.1"})


@pytest.fixture
def web():
    with web_server() as server:
        yield server


def test_a_request_arrives_whole_and_its_answer_comes_back(web: Web):
    web.say(201, b"taken", X_Note="well")
    answer = Door(HERE).post(f"{web.url}/hook?a=1", b"{}", headers={"Content-Type": "application/json"})
    (call,) = web.calls
    assert (call.method, call.path, call.body) == ("POST", "/hook?a=1", b"{}")
    assert call.headers["content-type"] == "application/json"
    assert (answer.status, answer.body, answer.headers["x-note"], answer.is_ok) == (201, b"taken", "well", True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https://user:word@example.org/",
        "https://example.org:port/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: other",
        "file:///etc/passwd",
        f"https://example.org/{'a' * 3000}",
    ],
)
def test_an_address_of_the_wrong_form_is_refused(url: str):
    with pytest.raises(AddressRefused):
        Door().get(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0.0.0.0"]
)
def test_an_address_inside_our_network_is_refused_unless_named(host: str):
    with pytest.raises(AddressRefused, match="HEED_INTERNAL_HOSTS"):
        Door().get(f"https://{host}/latest")


def test_a_public_name_that_stands_for_an_internal_address_is_refused(monkeypatch: pytest.MonkeyPatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    answers.append((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443)))
    monkeypatch.setattr(http.socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(AddressRefused, match=r"10\.1\.2\.3"):
        Door().get("https://calendar.example/")


def test_a_redirect_is_an_answer_and_is_not_followed(web: Web):
    web.say(302, b"", Location=f"{web.url}/elsewhere")
    assert Door(HERE).get(f"{web.url}/").status == 302
    assert len(web.calls) == 1


def test_an_answer_that_is_too_long_is_cut_off(web: Web):
    web.say(200, b"x" * 5000)
    with pytest.raises(NoAnswer, match="longer than 1000 bytes"):
        Door(HERE, max_bytes=1000).get(f"{web.url}/")


def test_a_server_that_drips_is_left(web: Web):
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        port = dripping.getsockname()[1]
        stop = threading.Event()

        def drip() -> None:
            connection, _ = dripping.accept()
            with connection:
                try:
                    while not stop.wait(0.05):
                        connection.sendall(b"H")
                except OSError:
                    pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 gave no answer"):
            Door(HERE, seconds=0.4).get(f"http://127.0.0.1:{port}/")
        stop.set()
        thread.join()


def test_nobody_there_and_no_such_name_say_so_without_the_path():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        Door(HERE).get(f"http://127.0.0.1:{port}/secret-part")
    assert "secret-part" not in str(caught.value)
    with pytest.raises(NoAnswer, match="not known"):
        Door().get("https://no-such-name.invalid/secret-part")


def test_an_internal_host_keeps_its_port_when_named(web: Web):
    Door(HERE).check(web.url)
    with pytest.raises(AddressRefused):
        Door(frozenset({"localhost"})).check(web.url)
