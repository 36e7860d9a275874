"""Mails with one planted sentence, by place."""

import struct
from collections.abc import Callable

HEAD = "From: a@b.example\nTo: c@b.example\nSubject: x\nMIME-Version: 1.0\n"


def mail(content_type: str, body: str, encoding: str = "7bit") -> bytes:
    return f"{HEAD}Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n{body}".encode()


def multipart(kind: str, *parts: str) -> bytes:
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return mail(f"multipart/{kind}; boundary=b", body)


def with_file(content: str, media_type: str, name: str) -> bytes:
    head = (
        f'Content-Type: {media_type}; name="{name}"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64'
    )
    return multipart("mixed", "Content-Type: text/plain\n\nsee file", f"{head}\n\n{content}")


def tnef(attribute: int, data: bytes, before: bytes = b"") -> bytes:
    return b"\x78\x9f\x3e\x22\0\0" + before + _attribute(attribute, data)


def _attribute(attribute: int, data: bytes) -> bytes:
    return b"\1" + struct.pack("<HHI", attribute, 6, len(data)) + data + b"\0\0"


def tnef_property(number: int, text: str) -> bytes:
    data = (text + "\0").encode("utf-16-le")
    return struct.pack("<IHHII", 1, 31, number, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def signed(text: str) -> bytes:
    """An opaque signature: the mail's text inside ASN.1, in two pieces of indefinite length."""
    inner = f"Content-Type: text/plain\n\n{text}".encode()
    octets = b"".join(b"\x04" + bytes([len(piece)]) + piece for piece in (inner[:40], inner[40:]))
    data = bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80\x24\x80" + octets + b"\0" * 6
    return bytes.fromhex("308006092a864886f70d010702a0803080020101310030 80") + data


def encoded(data: bytes, content_type: str) -> bytes:
    return mail(content_type, base64_lines(data), "base64")


def base64_lines(data: bytes) -> str:
    import base64

    return base64.encodebytes(data).decode()


PLAIN = "Content-Type: text/plain\n\n"
HTML = "Content-Type: text/html\n\n"
PLACES: dict[str, dict[str, Callable[[str], bytes]]] = {
    "eml": {
        "subject": lambda text: f"From: a@b.example\nSubject: {text}\nTo: b\n\n".encode(),
        "body": lambda text: mail("text/plain", text),
        "HTML body": lambda text: mail("text/html", f"<p>{text}</p>"),
        "HTML body, hidden": lambda text: mail("text/html", f'<p>a</p><div style="display:none">{text}</div>'),
        "quoted-printable": lambda text: mail("text/plain", text.replace(" ", "=20"), "quoted-printable"),
        "alternative that differs": lambda text: multipart("alternative", PLAIN + "hello", f"{HTML}<p>hello {text}</p>"),
        "nested multiparts": lambda text: multipart("mixed", f"Content-Type: multipart/related; boundary=c\n\n--c\n{PLAIN}{text}\n--c--"),
        "quotation": lambda text: mail("text/plain", f"yes\n\n> {text}"),
        "forward": lambda text: mail("text/plain", f"look\n\n---------- Forwarded message ---------\nFrom: x\nTo: y\n\n{text}"),
        "signature": lambda text: mail("text/plain", f"hello\n-- \n{text}"),
        "text attached": lambda text: with_file(base64_lines(text.encode()), "text/plain", "a.txt"),
        "mail attached": lambda text: multipart("mixed", PLAIN + "a", f"Content-Type: message/rfc822\n\nSubject: y\n\n{text}"),
        "digest": lambda text: multipart("digest", "\nSubject: one\n\nfirst", f"\nSubject: two\n\n{text}"),
        "calendar": lambda text: multipart("alternative", PLAIN + "a", f"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nSUMMARY:{text}\nEND:VCALENDAR"),
        "clear-signed": lambda text: multipart("signed", PLAIN + text, "Content-Type: application/pkcs7-signature\n\nx"),
        "opaque-signed": lambda text: encoded(signed(text), "application/pkcs7-mime; smime-type=signed-data"),
        "winmail.dat": lambda text: encoded(tnef(0x800C, text.encode()), "application/ms-tnef"),
    },
    "mbox": {
        "second mail": lambda text: b"From a@b.example Mon May  5 10:00:00 2025\n" + mail("text/plain", "a\n\n")
        + b"From a@b.example Mon May  5 10:00:00 2025\n" + mail("text/plain", text),
    },
    "tnef": {
        "subject": lambda text: tnef(0x8004, text.encode()),
        "body": lambda text: tnef(0x800C, text.encode()),
        "body as property": lambda text: tnef(0x9003, tnef_property(0x1000, text)),
        "attachment": lambda text: tnef(0x800F, text.encode(), _attribute(0x9002, b"\0" * 14)),
    },
    "p7m": {"signed mail": signed},
}  # fmt: skip
