"""Documents that are hostile, damaged, locked or empty: a status with a reason, and all the text that is left."""

import gzip
import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.text import ExtractStatus
from monitor.extract.files import extract_file
from monitor.extract.languages import language_of
from monitor.extract.limits import Limits
from tests.unit.extract.planted import PLACES, docx, pdf, run, xlsx
from tests.unit.extract.planted_mail import encoded, multipart
from tests.unit.extract.planted_old import atom, compound, record
from tests.unit.extract.planted_zip import odf, zipped

SMALL = Limits(max_unpacked_bytes=1_000_000)
MAKERS = [places[place] for places in PLACES.values() for place in places]


def texts(extraction):
    return "\n".join(span.text for span in extraction.spans)


@pytest.mark.parametrize(
    "bomb",
    [
        zipped({"a.txt": "0" * 5_000_000}),
        docx(run("0" * 5_000_000)),
        gzip.compress(b"0" * 5_000_000),
        zipped({f"{n}.zip": zipped({"a.txt": "0" * 300_000}) for n in range(9)}),
    ],
    ids=["zip", "docx", "gz", "zips in a zip"],
)
def test_what_unpacks_beyond_the_limit_is_too_large(bomb):
    extraction = extract_file(bomb, limits=SMALL)
    assert (extraction.status, extraction.detail) == (
        ExtractStatus.TOO_LARGE,
        "unpacks to more than 1000000 bytes",
    )


def test_files_nested_too_deeply_are_left_with_a_remark():
    data = zipped({"a.txt": "deep"})
    for _ in range(10):
        data = zipped({"a.zip": data})
    extraction = extract_file(data)
    assert extraction.spans == ()
    assert extraction.detail == "files nested deeper than 6 not read"


def test_entities_are_not_expanded_and_the_rest_is_read():
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = f'{entities}<w:document xmlns:w="w"><w:p><w:t>&b;&f;</w:t></w:p>{run("seen")}</w:document>'
    assert texts(extract_file(zipped({"word/document.xml": body}))) == "seen"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (pdf(), "empty"),
        (pdf(trailer="/Encrypt 9 0 R") + b"x", "empty"),
        (docx(run("")), "empty"),
        (xlsx(), "ok"),  # its sheet has a name
        (odf("text", "", **{"META-INF/manifest.xml": "<x><encryption-data/></x>"}), "encrypted"),
        (compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"),
        (compound({"Workbook": record(0x809, b"\0\6\5\0") + record(0x2F, b"\0\0")}), "encrypted"),
        (compound({"WordDocument": b"\xec\xa5\xc1\0" + b"\0" * 6 + b"\0\1" + b"\0" * 1000}), "encrypted"),
        (
            compound(
                {
                    "PowerPoint Document": atom(1006, b"", 0xF),
                    "Current User": b"\0" * 12 + b"\xdf\xc4\xd1\xf3" + b"\0" * 9,
                }
            ),
            "encrypted",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "broken"),
        (b"PK\x03\x04" + b"\xff" * 40, "broken"),
        (b"\x1f\x8b" + b"\xff" * 40, "broken"),
    ],
)
def test_empty_locked_and_broken_are_told_apart(data, status):
    assert extract_file(data).status.value == status


def test_a_document_whose_end_is_missing_is_read_as_far_as_it_goes():
    paragraphs = [f"paragraph {number} {random.Random(number).random()}" for number in range(400)]
    data = docx("".join(map(run, paragraphs)))
    extraction = extract_file(data[: len(data) // 2])
    assert extraction.status is ExtractStatus.OK
    assert "paragraph 20 " in texts(extraction)
    assert "damaged" in extraction.detail


def test_one_locked_member_does_not_hide_the_others():
    data = zipped({"a.txt": "locked away", "b.txt": "open to all"})
    directory = data.index(b"PK\x01\x02")
    data = data[:6] + b"\1" + data[7 : directory + 8] + b"\1" + data[directory + 9 :]
    extraction = extract_file(data)
    assert texts(extraction) == "open to all"
    assert extraction.detail == "encrypted: a member of the archive"


def test_sealed_mail_is_encrypted_and_its_subject_is_read():
    enveloped = bytes.fromhex("3080 06092a864886f70d010703 a080")
    extraction = extract_file(encoded(enveloped, "application/pkcs7-mime; smime-type=enveloped-data"))
    assert extraction.status is ExtractStatus.ENCRYPTED
    assert texts(extraction) == "x"


def test_a_broken_attachment_does_not_cost_the_mail():
    part = "Content-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF-1.7 nothing"
    extraction = extract_file(multipart("mixed", "Content-Type: text/plain\n\nhello", part))
    assert texts(extraction) == "x\nhello"
    assert extraction.detail.startswith("broken attachment: application/pdf")


def test_names_of_members_are_in_no_remark():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("my secret diary.bin", bytes(range(256)))
    assert "secret" not in extract_file(buffer.getvalue()).detail


@settings(max_examples=60, deadline=None)
@given(maker=st.sampled_from(MAKERS), seed=st.integers(0, 2**32), cut=st.booleans())
def test_no_damage_to_any_format_raises(maker, seed, cut):
    dice = random.Random(seed)
    data = bytearray(maker("the purple heron left at dawn"))
    for _ in range(dice.randrange(1, 20)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    extraction = extract_file(bytes(data[: dice.randrange(len(data))] if cut else data))
    assert extraction.status is not ExtractStatus.TIMEOUT


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mañana no tenemos clase de química porque la profesora está enferma.", "es"),
        ("We do not have chemistry tomorrow because the teacher is ill at home.", "en"),
        ("asdf qwer zxcv tyui ghjk bnm, asdf", ""),
        ("ok see u", ""),
        ("12345 67890 12345 67890 12345 67890", ""),
    ],
)
def test_the_language_of_a_text_is_named_where_it_is_clear(text, language):
    assert language_of(text) == language
