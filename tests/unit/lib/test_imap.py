"""The reader of a mailbox against a real IMAP server: what it takes, what it leaves, and servers that behave badly."""

import ssl
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.lib import imap as reader
from monitor.lib.imap import Encryption, MailboxAt, MailboxError, Position, count_mails, mails_since
from tests.fakes.imap import Imap, imap_server, letter

DAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEADERS = ("From",)
TODAY = DAY.date()


@pytest.fixture
def box():
    with imap_server() as imap:
        yield imap


def place(imap: Imap, **changes: object) -> MailboxAt:
    given = {"encryption": Encryption.NONE, "pause": 5.0, "seconds": 10.0, "password": imap.password}
    return MailboxAt(**{"host": "127.0.0.1", "port": imap.port, "user": imap.user, **given, **changes})


def daemon(number: int) -> bytes:
    return letter("MAILER-DAEMON@relay.example", f"back {number}", "x")


def look(imap: Imap, position: Position | None = None, since: date = TODAY, limit: int = 200):
    return mails_since(place(imap), position, since, lambda fields: "DAEMON" in fields["from"], HEADERS, limit)


def test_what_is_new_is_read_once_oldest_first_and_people_s_mail_stays_closed(box: Imap):
    for number in range(3):
        box.put(daemon(number), DAY)
    box.put(letter("ada@oak.example", "hello", "private words"), DAY)
    first = look(box, limit=2)
    assert [mail.count(b"back") for mail in first.mails] == [1, 1]
    assert (first.position.last, first.has_more) == (2, True)
    second = look(box, first.position)
    assert [b"back 2" in mail for mail in second.mails] == [True]
    assert (second.position.last, second.has_more) == (4, False)
    assert look(box, second.position).mails == ()
    assert not [said for said in box.said if said.startswith("UID FETCH 4 (BODY.PEEK[]")]
    assert all(stored.raw for stored in box.folders["INBOX"])
    assert {said.split()[0] for said in box.said} == {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}


def test_the_first_look_goes_back_to_a_day_and_numbers_that_changed_begin_anew(box: Imap):
    box.put(daemon(0), DAY - timedelta(days=30))
    box.put(daemon(1), DAY)
    found = look(box)
    assert len(found.mails) == 1
    box.begin_anew()
    again = look(box, found.position)
    assert len(again.mails) == 1
    assert again.position == Position(box.validity, 2)


def test_of_a_long_mail_only_the_beginning_is_fetched(box: Imap, monkeypatch):
    monkeypatch.setattr(reader, "MAIL_BYTES", 300)
    box.put(daemon(0) + b"y" * 5000, DAY)
    assert [len(mail) for mail in look(box).mails] == [300]


def test_a_folder_with_an_awkward_name_is_opened(box: Imap):
    box.put(daemon(0), DAY, folder='Back "to" us')
    assert count_mails(place(box, folder='Back "to" us')) == 1


@pytest.mark.parametrize(
    ("fault", "changes", "words"),
    [
        ("no sign-in", {}, "refuses the sign-in of heed@district.example"),
        ("", {"password": "wrong"}, "refuses the sign-in"),
        ("", {"folder": "Nowhere"}, "does not open the folder Nowhere"),
        ("", {"port": 1}, "cannot be reached"),
        ("", {"encryption": Encryption.STARTTLS}, "does not encrypt"),
        ("", {"encryption": Encryption.TLS}, "cannot be reached"),
        ("deaf", {"pause": 0.3}, "cannot be reached"),
        ("nonsense", {}, "cannot be reached"),
        ("cut", {}, "broke off"),
        ("huge literal", {}, "more than is read at once"),
        ("endless", {}, "more than is read at once"),
    ],
)
def test_a_server_that_cannot_be_read_says_why_and_never_the_password(
    box: Imap, fault: str, changes: dict, words: str, monkeypatch
):
    monkeypatch.setattr(reader._Bounded, "left", 1_000_000)
    box.fault = fault
    box.put(daemon(0), DAY)
    with pytest.raises(MailboxError) as raised:
        mails_since(place(box, **changes), None, DAY.date(), lambda _: True, HEADERS)
    assert words in str(raised.value)
    assert box.password not in str(raised.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that nobody but this test trusts, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_the_connection_is_encrypted_and_the_certificate_checked(
    certificate: Path, encryption: Encryption, monkeypatch
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    imap = Imap(**{encryption.value: context})
    with imap_server(imap):
        imap.put(daemon(0), DAY)
        at = place(imap, host="localhost", encryption=encryption)
        with pytest.raises(MailboxError, match=r"certificate|self-signed"):
            count_mails(at)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert count_mails(at) == 1
        assert len(mails_since(at, None, DAY.date(), lambda _: True, HEADERS).mails) == 1
