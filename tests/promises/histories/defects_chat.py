"""Mistakes of reading Google Chat, put in by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from monitor.intake import chat_spaces, chat_sync, read_chat
from monitor.intake.chat_sync import _Hearers
from monitor.intake.models import Item
from monitor.intake.read_chat import _Room

CHAT_DEFECTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {}


def _planted(defect: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    CHAT_DEFECTS[defect.__name__] = defect
    return defect


@_planted
def edits_of_messages_are_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    """Each look goes on from the last one."""
    patch.setattr(chat_sync, "EDITED_WITHIN", chat_sync.TICK)


@_planted
def messages_stand_alone(patch: pytest.MonkeyPatch) -> None:
    """What was said before one is not read with it."""
    patch.setattr(read_chat, "_window", lambda *_: ())


@_planted
def messages_edited_after_a_break_are_read(patch: pytest.MonkeyPatch) -> None:
    """What such a message says is taken for words from outside the break."""
    for module in (chat_sync, read_chat):
        patch.setattr(module, "spans_a_break", lambda *_: False)


@_planted
def messages_of_a_break_stand_around(patch: pytest.MonkeyPatch) -> None:
    """Of what is said before a message nobody asks when it was said."""
    patch.setattr(_Room, "heard", lambda _self, others, *_: others)


@_planted
def words_of_outsiders_are_nobodys(patch: pytest.MonkeyPatch) -> None:
    """Only what students write is read."""
    patch.setattr(_Hearers, "_small_circle", lambda _: [])


@_planted
def messages_are_read_for_every_member(patch: pytest.MonkeyPatch) -> None:
    """Each member's list brings each message again."""

    def items(self: Any, head: Any) -> list[Item]:
        return [self._item(account, head, chat_sync.Direction.RECEIVED) for account in self._small_circle()]

    patch.setattr(_Hearers, "items", items)


@_planted
def private_talk_with_the_exempt_is_read(patch: pytest.MonkeyPatch) -> None:
    """Who hears a message is not asked."""
    patch.setattr(chat_sync, "_private_rule", lambda *_: lambda _: None)


@_planted
def new_conversations_are_read_from_now_on(patch: pytest.MonkeyPatch) -> None:
    """What is said first in one is lost."""
    whole = chat_spaces._add

    def add(refs: Any, known: Any, _since: Any) -> None:
        whole(refs, known, chat_spaces.clock.now() + chat_sync.TICK)

    patch.setattr(chat_spaces, "_add", add)
    patch.setattr(chat_spaces, "_join", _joining_from_now(chat_spaces._join))


def _joining_from_now(whole: Callable[..., None]) -> Callable[..., None]:
    def join(account: Any, rows: Any, _since: Any) -> None:
        whole(account, rows, chat_spaces.clock.now() + chat_sync.TICK)

    return join


@_planted
def files_of_messages_are_left_out(patch: pytest.MonkeyPatch) -> None:
    """Only the words of a message are read."""
    whole = read_chat.read_attachments
    patch.setattr(read_chat, "read_attachments", lambda chat, _files, known: whole(chat, (), known))


@_planted
def messages_are_read_again_after_each_edit(patch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered of what a message said before."""

    def only_new(extraction: Any, _known: frozenset[bytes]) -> Any:
        return extraction

    patch.setattr(read_chat, "only_new", only_new)
