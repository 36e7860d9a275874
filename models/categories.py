"""The four harms the classifiers score, and the one error they raise."""

CATEGORIES = ("bullying", "self_harm", "violence", "grooming")

CHANNELS = ("mail", "document", "chat")


class ClassifierError(RuntimeError):
    """A classifier cannot be loaded or used; the message says what is wrong and what to do about it."""


def checked_channel(channel: str) -> str:
    """`channel`, when it is one. Raises `ClassifierError`."""
    if channel not in CHANNELS:
        message = f"the channel {channel!r} is unknown; use one of {', '.join(CHANNELS)}"
        raise ClassifierError(message)
    return channel
