"""Whether a text stands open or folded: nobody reads more of hard words than they ask for.

Unveiled texts are folded unless the person's account says otherwise. The press that gives the reason has asked for
one text, so the first one is open on the page that answers it, once; every later visit finds it folded again. What is
folded was unveiled all the same: the look is on the audit chain before the page exists.
"""

from django.contrib.sessions.backends.base import SessionBase

from monitor.accounts.models import User

KEY = "just_unveiled"


def note_press(session: SessionBase, subject: str) -> None:
    """Somebody has just given a reason to read `subject` (the public id of a case)."""
    session[KEY] = subject


def is_first_open(session: SessionBase, subject: str, user: User) -> bool:
    """Whether the first text of `subject` stands open on the page that is being made; the press counts once."""
    if session.get(KEY) == subject:
        del session[KEY]
        return True
    return user.keeps_texts_open
