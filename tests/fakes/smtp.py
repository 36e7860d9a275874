"""A real SMTP server on loopback that keeps what it takes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Sink:
    """Every mail that arrived, as bytes."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.port = 0

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(bytes(envelope.content))
        return "250 OK"

    def read(self) -> list[EmailMessage]:
        """The mails, parsed."""
        return [message_from_bytes(mail, policy=policy.default) for mail in self.mails]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server() -> Iterator[Sink]:
    """A server for the length of the block, on a free port."""
    sink = Sink()
    sink.port = _free_port()  # the controller greets its own port to start, so it must know the number
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
