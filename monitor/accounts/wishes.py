"""How a person wants the console to be: whether texts stand open, and the filters of the queue that they named."""

from monitor.accounts.models import SavedView, User

VIEWS_AT_MOST = 12
NAME_CHARACTERS = 40


class TooManyViews(Exception):
    """There are `VIEWS_AT_MOST` already; one must go first."""


class NameMissing(Exception):
    """A saved view needs a name of 1 to `NAME_CHARACTERS` characters."""


def saved_views(user: User) -> list[SavedView]:
    """The saved views of `user`, by name; nobody else sees them."""
    return list(SavedView.objects.filter(user=user)[:VIEWS_AT_MOST])


def do_save_view(user: User, *, name: str, query: str) -> SavedView:
    """Keep `query` under `name`; an older one of that name is replaced. Raises `NameMissing` and `TooManyViews`."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_CHARACTERS:
        raise NameMissing
    others = SavedView.objects.filter(user=user).exclude(name=name)
    if others.count() >= VIEWS_AT_MOST:
        raise TooManyViews
    view, _ = SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})
    return view


def do_delete_view(user: User, key: int) -> bool:
    """Delete a saved view of `user`; whether there was one."""
    deleted, _ = SavedView.objects.filter(user=user, pk=key).delete()
    return bool(deleted)


def do_keep_texts(user: User, *, is_open: bool) -> None:
    """Let texts stand open for `user` once they are unveiled, or fold them."""
    user.keeps_texts_open = is_open
    user.save(update_fields=["keeps_texts_open"])
