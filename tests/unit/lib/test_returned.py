"""Mail that came back, as mail systems of all kinds write it, and mail that only looks like it."""

import pytest

from monitor.lib.returned import Verdict, may_be_report, read_report

OURS = "<0123456789ab.3.1.7@district.example>"
ADA = "ada@oak.example"


def standard(fields: str, copy: str = f"Message-ID: {OURS}", kind: str = "text/rfc822-headers") -> bytes:
    text = (
        "From: postmaster@relay.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt came back.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; relay.example\n\n{fields}\n\n--b\nContent-Type: {kind}\n\n{copy}\nSubject: A case\n"
        "\n--b--\n"
    )
    return text.replace("\n", "\r\n").encode()


def in_words(text: str, head: str = "From: MAILER-DAEMON@relay.example") -> bytes:
    return f"{head}\nSubject: failure notice\n\n{text}\n".replace("\n", "\r\n").encode()


def fields(action: str = "failed", status: str = "5.1.1", address: str = ADA, more: str = "") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}" + (f"\n{more}" if more else "")


@pytest.mark.parametrize(
    ("raw", "status", "verdict"),
    [
        (standard(fields()), "5.1.1", Verdict.FAILED),
        (standard(fields(address="<Ada@Oak.Example>")), "5.1.1", Verdict.FAILED),
        (standard(fields(action="Failed", status="5.1.1 (bad mailbox)")), "5.1.1", Verdict.FAILED),
        (standard(fields(status="", more="Diagnostic-Code: smtp; 550 5.7.1 not here")), "5.7.1", Verdict.FAILED),
        (standard(fields(status="", more="Diagnostic-Code: smtp; 550 not here")), "5.0.0", Verdict.FAILED),
        (standard(fields("delayed", "4.4.1")), "4.4.1", Verdict.DELAYED),
        (standard(fields("failed", "4.4.7")), "4.4.7", Verdict.DELAYED),
        (standard(fields(), f"Message-ID:\n {OURS}"), "5.1.1", Verdict.FAILED),
        (standard(fields(), f"From: x@y\nMessage-ID: {OURS}\n", "message/rfc822"), "5.1.1", Verdict.FAILED),
        (standard(fields(), f"Message-ID: <theirs@ses.example>\nHeed-Alert: {OURS}"), "5.1.1", Verdict.FAILED),
        (
            in_words(
                "Hi. This is the qmail-send program at relay.example.\nThis is a permanent error; I've given up.\n\n"
                f"<{ADA}>:\nSorry, no mailbox here by that name.\n\n--- Below this line is a copy.\n\n"
                f"Received: (qmail 1 invoked by uid 2)\nMessage-ID: {OURS}\nSubject: A case\n"
            ),
            "5.0.0",
            Verdict.FAILED,
        ),
        (
            in_words(
                "A message that you sent could not be delivered. This is a permanent error.\n\n"
                f"  {ADA}\n    SMTP error: 550 5.1.1 no such user\n\n------ headers ------\n\nMessage-ID: {OURS}\n",
                f"From: Mail Delivery System <Mailer-Daemon@relay.example>\nX-Failed-Recipients: {ADA}",
            ),
            "5.1.1",
            Verdict.FAILED,
        ),
        (
            in_words(f"Your message to {ADA} is delayed; it will be retried.\n\nMessage-ID: {OURS}\n"),
            "4.0.0",
            Verdict.DELAYED,
        ),
        (in_words(f"{ADA}: 550 5.1.1 then 451 4.3.0 greylisted\n> Message-ID: {OURS}\n"), "5.1.1", Verdict.DELAYED),
    ],
)
def test_a_report_says_which_mail_whom_and_for_how_long(raw: bytes, status: str, verdict: Verdict):
    report = read_report(raw)
    assert report is not None
    assert OURS in report.ids
    assert [(row.address, row.status, row.verdict) for row in report.missed] == [(ADA, status, verdict)]


@pytest.mark.parametrize(
    "raw",
    [
        in_words("I am away until Monday. Error 550 5.1.1.\n\nMessage-ID: " + OURS, "From: ada@oak.example"),
        in_words("Thank you, all is well.", "From: Ada <ada@oak.example>\nReturn-Path: <>"),
        in_words("The queue of this server was emptied."),
        b"",
        b"\xff\xfe\x00 no mail",
    ],
)
def test_what_no_mail_system_says_clearly_is_no_report(raw: bytes):
    assert read_report(raw) is None


@pytest.mark.parametrize("action", ["relayed", "delivered", "expanded", ""])
def test_a_mail_that_arrived_is_missed_by_nobody(action: str):
    report = read_report(standard(fields(action, "2.0.0")))
    assert report is not None
    assert report.missed == ()


def test_an_id_deep_inside_what_somebody_forwarded_is_not_the_mail_that_came_back():
    copy = f"Message-ID: <other@x.example>\nContent-Type: text/plain\n\n> Message-ID: {OURS}"
    report = read_report(standard(fields(), copy, "message/rfc822"))
    assert report is not None
    assert report.ids == ("<other@x.example>",)


def test_both_recipients_of_a_report_are_read():
    report = read_report(
        standard(fields(more="Original-Recipient: rfc822;bo@oak.example") + "\n\n" + fields("delayed"))
    )
    assert report is not None
    assert {(row.address, row.verdict.value) for row in report.missed} == {
        (ADA, "failed"),
        ("bo@oak.example", "failed"),
        (ADA, "delayed"),
    }


@pytest.mark.parametrize(
    ("headers", "is_worth"),
    [
        ({"from": "MAILER-DAEMON@relay.example"}, True),
        ({"from": "Mail System <postmaster@relay.example>"}, True),
        ({"from": "x@y.example", "content-type": "multipart/report; report-type=delivery-status"}, True),
        ({"from": "x@y.example", "x-failed-recipients": ADA}, True),
        ({"from": "ada@oak.example", "content-type": "text/plain", "return-path": "<>"}, False),
        ({}, False),
    ],
)
def test_only_what_may_be_a_report_is_fetched_whole(headers: dict[str, str], is_worth: bool):
    assert may_be_report(headers) is is_worth
