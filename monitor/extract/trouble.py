"""Why something could not be read, for readers to raise; the words carry nothing of the text."""

from monitor.domain.text import ExtractStatus


class Unreadable(Exception):
    """A file or a part of one that gives no text. `status` says which kind of trouble it is."""

    status = ExtractStatus.UNSUPPORTED


class Encrypted(Unreadable):
    """It needs a password or a key."""

    status = ExtractStatus.ENCRYPTED


class Broken(Unreadable):
    """It is not what it must be."""

    status = ExtractStatus.BROKEN


class TooMuch(Unreadable):
    """It grows beyond a limit when it is unpacked."""

    status = ExtractStatus.TOO_LARGE
