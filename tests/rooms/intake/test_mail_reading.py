"""All of a mailbox: drafts, spam and the bin by rule, exemptions, large mails by part, confidential mode."""

import base64
import io
import zipfile
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw, ImageFont

from monitor.domain.reading import ExemptionSpec
from monitor.domain.source import Source
from monitor.extract import tesseract
from monitor.intake import read_mail
from monitor.intake.models import ContentCall, Item, ItemState, UnitUsage
from monitor.intake.poll import poll_account
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, Exemption
from tests.rooms.detection.marker import MarkerClassifier, score_all

PAL = "pal@elsewhere.example"


@pytest.fixture
def contacted(watched):
    poll(watched)
    return watched


def poll(watched, number: int = 0) -> int:
    return poll_account(watched.account(number), Source.GMAIL).items


def switch(**switches) -> None:
    District.objects.update(reading=switches)


def deliver(watched, text: str = "At three.", labels: list[str] | None = None, **fields) -> str:
    extra = {"labels": labels} if labels else {}
    return watched.control.mail(PAL, watched.addresses[0], "Hi", text, **extra, **fields)["copies"][0]["id"]


@pytest.mark.parametrize(
    ("label", "by_default", "switches"),
    [
        ("SPAM", ItemState.LEFT_OUT, {"spam": True}),
        ("TRASH", ItemState.SCORED, {"bin": False}),
        ("DRAFT", ItemState.SCORED, {"drafts": False}),
    ],
)
def test_spam_bin_and_drafts_are_read_as_the_district_says(contacted, label, by_default, switches):
    opposite = {ItemState.LEFT_OUT: ItemState.SCORED, ItemState.SCORED: ItemState.LEFT_OUT}
    for choice, expected in (({}, by_default), (switches, opposite[by_default])):
        switch(**choice)
        key = deliver(contacted, labels=[label])
        poll(contacted)
        calls = ContentCall.objects.count()
        with clock.standing_at(clock.now() + read_mail_rest()):
            score_all()
        assert Item.objects.get(item_key=key).state == expected
        assert ContentCall.objects.count() - calls == (expected == ItemState.SCORED)


def read_mail_rest():
    from monitor.intake.gmail_sync import DRAFT_REST

    return DRAFT_REST


def test_a_draft_rests_before_it_is_fetched_and_one_that_was_replaced_costs_no_content(contacted):
    first = deliver(contacted, labels=["DRAFT"])
    poll(contacted)
    assert score_all().handled == 0
    contacted.control.do("delete_message", mailbox=contacted.addresses[0], id=first)
    with clock.standing_at(clock.now() + read_mail_rest()):
        assert score_all().settled == 1
    item = Item.objects.get()
    assert (item.state, item.direction) == (ItemState.GONE, "written")


def test_what_leaves_the_spam_folder_is_read_after_all(contacted):
    key = deliver(contacted, labels=["SPAM"])
    poll(contacted)
    contacted.control.do("label_message", mailbox=contacted.addresses[0], id=key, add=["INBOX"], remove=["SPAM"])
    assert poll(contacted) == 1
    assert score_all().scored == 1


def test_a_full_list_after_an_expired_cursor_decides_by_label_when_it_reads(contacted):
    deliver(contacted, labels=["SPAM"])
    contacted.control.do("expire_history")
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert Item.objects.get().state == ItemState.LEFT_OUT
    assert classifier.texts == []


def test_a_mail_to_the_counselor_alone_is_left_out_and_one_with_a_friend_in_copy_is_read(contacted):
    counselor, student, friend = "counselor@oak.example", *contacted.addresses[:2]
    apply_exemptions([ExemptionSpec("address", counselor, "Confidence")], actor="command")
    contacted.control.mail(student, counselor, "May I come by?", "I would rather tell you.")
    contacted.control.mail(student, counselor, "Band", "Friday.", cc=[friend])
    contacted.control.mail(counselor, student, "Of course", "Come at ten.")
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert sorted(classifier.texts) == ["Band", "Friday."]
    assert Exemption.objects.get().left_out == 2
    assert Item.objects.filter(state=ItemState.LEFT_OUT, reason__startswith="exemption ").count() == 2


@pytest.mark.parametrize("text", ["See https://confidential-mail.google.com/msg/AAAA", "plain"])
def test_a_message_in_confidential_mode_is_recognised_and_its_subject_is_read(contacted, text):
    if text == "plain":
        head = f"From: {PAL}\r\nTo: {contacted.addresses[0]}\r\nSubject: Our secret\r\nX-Gm-Locker: abc\r\n\r\nHello"
        contacted.control.do("deliver", raw=base64.b64encode(head.encode()).decode())
    else:
        contacted.control.mail(PAL, contacted.addresses[0], "Our secret", text)
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    item = Item.objects.get()
    assert item.is_confidential
    assert item.state == ItemState.SCORED
    assert "confidential mode" in item.reason
    assert "Our secret" in classifier.texts


def attached(name: str, media_type: str, content: bytes) -> dict[str, str]:
    return {"filename": name, "mime_type": media_type, "content_base64": base64.b64encode(content).decode()}


def test_a_very_large_mail_is_read_part_by_part_and_what_is_no_text_is_not_fetched(contacted, monkeypatch):
    monkeypatch.setattr(read_mail, "WHOLE_BYTES", 50_000)
    monkeypatch.setattr(read_mail, "LIMITS", replace(read_mail.LIMITS, max_pictures=0))
    key = deliver(
        contacted,
        "Grüße aus Zürich.",
        html="<p>Grüße aus Zürich.</p>",
        attachments=[
            attached("notes.txt", "text/plain", "Bring the résumé.".encode()),
            attached("photo.jpg", "image/jpeg", b"\xff\xd8" + b"x" * 90_000),
        ],
    )
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    item = Item.objects.get(item_key=key)
    assert item.state == ItemState.SCORED
    assert item.reason == "1 attachments not read: image"
    assert [text.strip() for text in classifier.texts] == ["Hi", "Grüße aus Zürich.", "Bring the résumé."]
    methods = ContentCall.objects.order_by("id").values_list("method", flat=True)
    assert list(methods) == ["gmail.users.messages.get"] * 2 + ["gmail.users.messages.attachments.get"]


def noted(words: str) -> bytes:
    """A photo of a note, so noisy that it is large."""
    picture = Image.effect_noise((900, 300), 40).point(lambda grey: 200 + grey // 5)
    ImageDraw.Draw(picture).text((40, 110), words, fill=0, font=ImageFont.load_default(56))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.skipif(not tesseract.usable_languages("eng"), reason="Tesseract is not installed")
def test_the_pictures_of_a_very_large_mail_are_fetched_after_its_words_and_read(contacted, monkeypatch):
    monkeypatch.setattr(read_mail, "WHOLE_BYTES", 50_000)
    photo, icon = (
        attached("photo.png", "image/png", noted("meet at the harbor")),
        attached("i.gif", "image/gif", b"GIF8x"),
    )
    key = deliver(contacted, attachments=[photo, icon, attached("notes.txt", "text/plain", b"Bring it.\r\n" * 9_000)])
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert Item.objects.get(item_key=key).state == ItemState.SCORED
    assert any("harbor" in text for text in classifier.texts)
    methods = list(ContentCall.objects.order_by("id").values_list("method", flat=True))
    assert methods.count("gmail.users.messages.attachments.get") == 2


def test_a_file_of_a_very_large_mail_keeps_its_carriage_returns(contacted, monkeypatch):
    monkeypatch.setattr(read_mail, "WHOLE_BYTES", 50_000)
    lines = "".join(f"the heron left at {number}\r" for number in range(4_000))
    content = zipped(**{"a.txt": lines.encode()})
    assert b"\r" in content
    deliver(contacted, attachments=[attached("a.zip", "application/zip", content)])
    poll(contacted)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert any("the heron left at 3999" in text for text in classifier.texts)


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_of_a_very_large_mail_what_is_too_large_is_named(contacted, monkeypatch):
    from monitor.intake import mail_parts

    monkeypatch.setattr(read_mail, "WHOLE_BYTES", 50_000)
    monkeypatch.setattr(mail_parts, "PART_BYTES", 10_000)
    deliver(contacted, attachments=[attached("book.txt", "text/plain", b"x " * 60_000)])
    poll(contacted)
    score_all()
    assert "too large" in Item.objects.get().reason


def test_removed_messages_are_counted_and_cost_no_content(contacted):
    key = deliver(contacted)
    poll(contacted)
    contacted.control.do("delete_message", mailbox=contacted.addresses[0], id=key)
    assert score_all().settled == 1
    assert Item.objects.get().state == ItemState.GONE


def test_mail_to_an_alias_and_to_oneself_keeps_its_direction(contacted):
    student = contacted.addresses[0]
    contacted.control.mail(student, student, "Note to self", "Milk.")
    poll(contacted)
    score_all()
    assert set(Item.objects.values_list("direction", flat=True)) == {"written"}


def test_an_idle_mailbox_still_costs_two_units(contacted):
    before = sum(UnitUsage.objects.filter(api="gmail").values_list("units", flat=True))
    poll(contacted)
    assert sum(UnitUsage.objects.filter(api="gmail").values_list("units", flat=True)) - before == 2
