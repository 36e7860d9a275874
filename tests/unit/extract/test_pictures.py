"""Words in pictures and on scanned pages: read where Tesseract is installed, said where not, within limits."""

import io
import os
import subprocess
import sys
import time
from dataclasses import replace
from email.message import EmailMessage
from zipfile import ZipFile

import pytest
from PIL import Image, ImageDraw, ImageFont

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract import process, sandbox, tesseract
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.notes import Notes
from monitor.extract.pictures import MAX_PIXELS, Album, Picture, read_picture
from monitor.extract.recognition import can_recognize
from monitor.extract.trouble import Broken

WORDS = "Meet me behind the gym after school"
needs_tesseract = pytest.mark.skipif(not tesseract.usable_languages("eng"), reason="Tesseract is not installed")


def drawn(words=WORDS, size=(900, 200), ink="black", paper="white"):
    image = Image.new("RGB", size, paper)
    ImageDraw.Draw(image).text((30, 60), words, fill=ink, font=ImageFont.load_default(40))
    return image


def saved(image, kind="PNG", **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def words_of(extraction):
    return [" ".join(span.text.split()) for span in extraction.spans if span.kind is SpanKind.IMAGE_TEXT]


def mail_with(data, subtype="png"):
    message = EmailMessage()
    message["Subject"], message["From"], message["Message-ID"] = "Look", "a@example.org", "<1@example.org>"
    message.set_content("See the picture.")
    message.add_attachment(data, maintype="image", subtype=subtype, filename="shot.png")
    return message.as_bytes()


@pytest.fixture(autouse=True, scope="module")
def _ended():
    yield
    sandbox.close()


@needs_tesseract
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP"])
def test_words_in_a_picture_are_read(kind):
    extraction = sandbox.extract(saved(drawn(), kind), name="shot")
    [span] = extraction.spans
    assert (extraction.status, extraction.detail, span.kind) == (ExtractStatus.OK, "", SpanKind.IMAGE_TEXT)
    assert (words_of(extraction), span.language, span.detail) == ([WORDS], "en", "recognized")


@needs_tesseract
@pytest.mark.parametrize(
    "image",
    [
        drawn(ink="white", paper="black"),
        drawn().convert("1"),
        drawn().convert("P"),
        drawn().convert("CMYK"),
        Image.frombytes("I;16", (900, 200), bytes(value for value in drawn().convert("L").tobytes() for _ in "12")),
        drawn(size=(7_000, 1_500)),
        drawn().resize((450, 100), Image.Resampling.LANCZOS),
    ],
    ids=["dark", "one bit", "indexed", "cmyk", "wide grey", "large", "small"],
)
def test_whatever_its_colours_and_size_are(image):
    kind = "TIFF" if image.mode == "CMYK" else "PNG"
    assert words_of(sandbox.extract(saved(image, kind))) == [WORDS]


@needs_tesseract
def test_letters_on_nothing_are_read():
    image = Image.new("RGBA", (900, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((30, 60), WORDS, fill="black", font=ImageFont.load_default(40))
    assert words_of(sandbox.extract(saved(image))) == [WORDS]


@needs_tesseract
def test_a_photo_taken_on_its_side_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned right
    assert words_of(sandbox.extract(saved(drawn().rotate(90, expand=True), "JPEG", exif=exif))) == [WORDS]


@needs_tesseract
def test_scanned_pages_are_read_each():
    pages = [drawn(f"Page {word} of the letter", (1_275, 1_650)) for word in ("one", "two")]
    for kind in ("PDF", "TIFF"):
        first, second = (page.copy() for page in pages)
        extraction = sandbox.extract(saved(first, kind, save_all=True, append_images=[second]))
        assert words_of(extraction) == ["Page one of the letter", "Page two of the letter"]
        assert extraction.status is ExtractStatus.OK
    assert [span.part for span in sandbox.extract(saved(pages[0], "PDF")).spans] == ["page 1"]


@needs_tesseract
def test_a_picture_in_a_mail_or_an_archive_says_where_it_stood():
    extraction = sandbox.extract_mail(mail_with(saved(drawn())))
    assert [span.kind for span in extraction.spans] == [SpanKind.TITLE, SpanKind.NEW, SpanKind.IMAGE_TEXT]
    assert (words_of(extraction), extraction.spans[-1].part, extraction.detail) == ([WORDS], "shot.png", "")
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("in/shot.png", saved(drawn()))
    assert [span.part for span in sandbox.extract(packed.getvalue()).spans] == ["in/shot.png"]


@needs_tesseract
def test_a_picture_without_words_is_empty_and_no_trouble():
    extraction = sandbox.extract(saved(Image.new("RGB", (600, 400), "lightblue")))
    assert (extraction.status, extraction.spans, extraction.detail) == (ExtractStatus.EMPTY, (), "no text in it")


@needs_tesseract
def test_more_pictures_than_the_limit_are_said():
    pages = [drawn(f"Sheet {word}", (600, 200)) for word in ("one", "two", "three")]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    extraction = sandbox.extract(data, limits=replace(DEFAULT_LIMITS, max_pictures=2))
    assert len(words_of(extraction)) == 2
    assert extraction.detail == "a picture not read: too many, or they take too long"


@needs_tesseract
def test_out_of_time_is_said_and_costs_no_other_text():
    extraction = sandbox.extract_mail(mail_with(saved(drawn())), replace(DEFAULT_LIMITS, picture_seconds=0))
    assert [span.text for span in extraction.spans] == ["Look", "See the picture."]
    assert extraction.detail == "1 of 1 pictures not read: out of time, or the reader failed"


@pytest.mark.parametrize(
    "limits", [Limits(max_pictures=0), Limits(picture_languages="xxx"), Limits(picture_languages="")]
)
def test_switched_off_or_without_its_language_pictures_are_unsupported(limits):
    extraction = sandbox.extract(saved(drawn()), limits=limits)
    assert (extraction.status, extraction.detail) == (ExtractStatus.UNSUPPORTED, "unsupported: image/png")
    scan = sandbox.extract(saved(drawn(), "PDF"), limits=limits)
    assert (scan.status, scan.detail) == (ExtractStatus.EMPTY, "a page that is a picture not read")


def test_without_the_program_nothing_can_be_recognized(monkeypatch):
    monkeypatch.setattr(tesseract, "installed_languages", lambda: ())
    assert not can_recognize(DEFAULT_LIMITS)
    assert sandbox.extract(saved(drawn())).status is ExtractStatus.UNSUPPORTED


@needs_tesseract
@pytest.mark.parametrize("deed", ["os._exit(9)", "time.sleep(60)", "bytearray(3_000_000_000)"])
def test_a_picture_that_costs_the_reader_does_not_cost_the_text(monkeypatch, deed):
    program = (
        "import os, sys, time; sys.path.insert(0, sys.argv.pop(1)); from monitor.extract import child, door;"
        f" door.read_picture = lambda *given: {deed}; child.main()"
    )
    monkeypatch.setattr(process, "_PROGRAM", program)
    sandbox.close()
    extraction = sandbox.extract_mail(mail_with(saved(drawn())), replace(DEFAULT_LIMITS, max_seconds=3))
    sandbox.close()
    assert [span.text for span in extraction.spans] == ["Look", "See the picture."]
    assert extraction.detail.startswith("unsupported attachment: image/png")


@needs_tesseract
def test_a_torn_picture_is_called_broken():
    extraction = sandbox.extract(saved(drawn())[:200])
    assert (extraction.status, extraction.spans) == (ExtractStatus.BROKEN, ())


@pytest.mark.parametrize("cut", [9, 40, 200])
def test_a_torn_picture_is_broken(cut):
    with pytest.raises(Broken):
        read_picture(saved(drawn())[:cut], Album(DEFAULT_LIMITS), Notes())


def test_what_leaves_the_cage_is_bounded():
    album, notes = Album(DEFAULT_LIMITS), Notes()
    for size in ((6_000, 6_000), (40_000, 40), (16, 16), (30, 900), (41, 17)):
        read_picture(saved(Image.new("L", size)), album, notes)
    assert [one.width * one.height <= MAX_PIXELS for one in album.pictures] == [True, True, True]
    assert all(len(one.pixels) == one.width * one.height for one in album.pictures)
    read_picture(saved(Image.new("1", (8_000, 8_000))), album, notes)
    assert (len(album.pictures), notes.detail()) == (3, "a picture of more than 50000000 pixels not read")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts a program of one's own in Tesseract's place."""

    def put(script):
        program = tmp_path / "program"
        program.write_text(f"#!{sys.executable} -I\nimport os, socket, sys\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(tesseract, "find_program", lambda: str(program))
        return tesseract.recognize(Picture(2, 1, b"\0\xff"), "eng", time.monotonic() + 5)

    return put


def test_the_program_gets_plain_pixels_and_no_setting_of_ours(stand_in, monkeypatch):
    monkeypatch.setenv("HEED_DATA_KEYS", "secret")
    assert stand_in("print(sys.stdin.buffer.read(), sorted(os.environ))").startswith("b'P5 2 1 255\\n\\x00\\xff'")
    assert "HEED" not in stand_in("print(sorted(os.environ))")


@pytest.mark.parametrize(
    "deed",
    [
        "socket.socket()",
        "os.fork()",
        "os.write(os.open(sys.argv[0] + '.out', os.O_CREAT | os.O_WRONLY), b'x')",
        "bytearray(3_000_000_000)",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_the_program_can_do_no_harm(stand_in, deed):
    said = stand_in(f"try:\n    {deed}\nexcept (OSError, MemoryError) as error:\n    print('refused')\n")
    assert said == "refused\n"


@pytest.mark.parametrize("deed", ["sys.exit(3)", "while True: pass", "while True: print('x' * 60_000)"])
def test_a_program_that_fails_hangs_or_talks_on_is_ended(tmp_path, monkeypatch, deed):
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable} -I\nimport sys\n{deed}\n")
    program.chmod(0o755)
    monkeypatch.setattr(tesseract, "find_program", lambda: str(program))
    with pytest.raises(tesseract.NotRecognized):
        tesseract.recognize(Picture(2, 1, b"\0\xff"), "eng", time.monotonic() + 1.5)
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
    assert os.fspath(program) not in left
