"""The four harms the classifiers score, and the one error they raise."""

CATEGORIES = ("bullying", "self_harm", "violence", "grooming")

CHANNELS = ("mail", "document", "chat")


class ClassifierError(RuntimeError):
    """A classifier cannot be loaded or used; the message says what is wrong and what to do about it."""
