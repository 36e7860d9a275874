"""One mailbox."""

from datetime import UTC, datetime

import pytest

from monitor.google.errors import CursorExpired, NotFound, PermanentError
from monitor.google.gmail import HistoryPage, MailboxProfile, MessageRef

ADA = "ada@district.example"
HISTORY = "/gmail/v1/users/me/history"
MESSAGES = "/gmail/v1/users/me/messages"


@pytest.fixture
def mailbox(workspace):
    return workspace.gmail(ADA)


def record(number, *ids):
    return {"id": str(number), "messagesAdded": [{"message": message(name)} for name in ids]}


def message(name):
    return {"id": name, "threadId": f"t-{name}", "labelIds": ["INBOX"]}


def test_a_profile_is_the_baseline(google, mailbox, ledger):
    google.says("/gmail/v1/users/me/profile", {"emailAddress": ADA, "historyId": "9", "messagesTotal": 2})

    assert mailbox.profile() == MailboxProfile(ADA, "9", 2)
    assert ledger.units == 1


def test_history_comes_in_pages_with_a_safe_cursor_on_each(google, mailbox, ledger):
    google.says(
        HISTORY,
        {"history": [record(98, "a"), record(103, "b", "a")], "historyId": "200", "nextPageToken": "p2"},
        {"history": [{"id": "110"}], "historyId": "200"},
    )

    pages = list(mailbox.history_pages("90", max_pages=10))

    refs = tuple(MessageRef(name, f"t-{name}", ("INBOX",)) for name in ("a", "b"))
    assert pages == [HistoryPage(refs, "103", "200", is_last=False), HistoryPage((), "110", "200", is_last=True)]
    first, second = google.requests
    assert first.query["startHistoryId"] == ["90"]
    assert first.query["historyTypes"] == ["messageAdded", "labelRemoved"]
    assert first.query["maxResults"] == ["500"]
    assert "pageToken" not in first.query
    assert second.query["pageToken"] == ["p2"]
    assert ledger.units == 4
    assert not any(call.is_content for call in ledger.before_calls)


def test_an_unchanged_mailbox_costs_two_units(google, mailbox, ledger):
    google.says(HISTORY, {"historyId": "90"})

    assert list(mailbox.history_pages("90", 5)) == [HistoryPage((), None, "90", is_last=True)]
    assert ledger.units == 2


def test_record_ids_are_compared_as_numbers(google, mailbox):
    google.says(HISTORY, {"history": [record(1000, "a"), record(999, "b")], "historyId": "1001"})

    assert next(mailbox.history_pages("1", 1)).last_record_id == "1000"


def test_history_stops_at_the_callers_bound(google, mailbox):
    google.says(
        HISTORY,
        *({"history": [], "historyId": "5", "nextPageToken": f"p{number}"} for number in range(5)),
    )

    pages = list(mailbox.history_pages("1", max_pages=2))

    assert len(pages) == len(google.requests) == 2
    assert not pages[-1].is_last


def test_a_list_that_repeats_its_page_token_ends_in_an_error(google, mailbox):
    google.says(HISTORY, {"historyId": "5", "nextPageToken": "again"})

    with pytest.raises(PermanentError) as raised:
        list(mailbox.history_pages("1", max_pages=1000))

    assert raised.value.reason == "endlessList"
    assert len(google.requests) == 2


def test_an_old_cursor_is_expired(google, mailbox, refuse):
    google.says(HISTORY, refuse(404, "notFound"))

    with pytest.raises(CursorExpired):
        list(mailbox.history_pages("1", 1))


def test_listing_by_dates_includes_spam_and_bin(google, mailbox, ledger):
    google.says(MESSAGES, {"messages": [message("a")], "nextPageToken": "p2"}, {"resultSizeEstimate": 0})
    after = datetime(2026, 11, 1, 8, 0, 0, 500_000, tzinfo=UTC)
    before = datetime(2026, 11, 2, 8, 0, 0, 500_000, tzinfo=UTC)

    pages = list(mailbox.list_pages(after, before))

    assert [[ref.message_id for ref in page] for page in pages] == [["a"], []]
    query = google.requests[0].query
    earliest, latest = (int(part.split(":")[1]) for part in query["q"][0].split())
    assert after.timestamp() - 2 <= earliest <= after.timestamp()
    assert before.timestamp() <= latest <= before.timestamp() + 2
    assert query["includeSpamTrash"] == ["true"]
    assert query["maxResults"] == ["500"]
    assert ledger.units == 10


def test_listing_may_be_open_at_both_ends(google, mailbox):
    google.says(MESSAGES, {})

    assert list(mailbox.list_pages(None, None)) == [()]
    assert "q" not in google.requests[0].query


def answer_with(raw):
    return {"id": "m1", "threadId": "t1", "labelIds": ["SENT"], "internalDate": "1764000000123", "raw": raw}


@pytest.mark.parametrize("raw", ["_-8_Pw", "_-8_Pw==", "/+8/Pw==", "_-8\r\n_Pw"])
def test_a_message_is_fetched_raw_whatever_its_padding(google, mailbox, ledger, raw):
    google.says(f"{MESSAGES}/m1", answer_with(raw))

    fetched = mailbox.fetch("m1")

    assert fetched.raw == bytes.fromhex("ffef3f3f")
    assert fetched.internal_at == datetime(2025, 11, 24, 16, 0, 0, 123_000, tzinfo=UTC)
    assert fetched.label_ids == ("SENT",)
    assert google.requests[0].query["format"] == ["raw"]
    assert ledger.units == 20


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"raw": "not base64!"}, "badBase64"),
        ({"raw": "abcde"}, "badBase64"),
        ({"raw": "caf\u00e9"}, "badBase64"),
        ({"raw": None}, "unexpectedAnswer"),
        ({"internalDate": "yesterday"}, "unexpectedAnswer"),
        ({"internalDate": "9" * 30}, "unexpectedAnswer"),
        ({"threadId": 5}, "unexpectedAnswer"),
        ({"labelIds": "INBOX"}, "unexpectedAnswer"),
    ],
)
def test_a_message_that_cannot_be_decoded_is_a_permanent_error(google, mailbox, change, reason):
    google.says(f"{MESSAGES}/m1", answer_with("aGk") | change)

    with pytest.raises(PermanentError) as raised:
        mailbox.fetch("m1")

    assert raised.value.reason == reason


def test_a_message_that_is_gone_is_not_found(mailbox):
    with pytest.raises(NotFound):
        mailbox.fetch("gone")


def test_an_odd_id_stays_within_its_path(google, mailbox):
    with pytest.raises(NotFound):
        mailbox.fetch("../../x?alt=media")

    assert google.requests[0].path == "/gmail/v1/users/me/messages/..%2F..%2Fx%3Falt%3Dmedia"


@pytest.mark.parametrize("page", [{"history": "x", "historyId": "5"}, {"history": [{"id": "x"}], "historyId": "5"}, {}])
def test_a_history_page_of_another_shape_is_a_permanent_error(google, mailbox, page):
    google.says(HISTORY, page)

    with pytest.raises(PermanentError) as raised:
        list(mailbox.history_pages("1", 1))

    assert raised.value.reason == "unexpectedAnswer"
