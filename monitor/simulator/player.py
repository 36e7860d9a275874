"""Plays the operations of `script` through the control door."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from monitor.simulator import office
from monitor.simulator.chat_state import DIRECT, GROUP, SPACE
from monitor.simulator.drive_files import DOC, SHEET, SLIDES
from monitor.simulator.handle import Control
from monitor.simulator.people import DOMAIN
from monitor.simulator.script import (
    Comment,
    DeleteComment,
    DeleteFile,
    DeleteMail,
    Deliver,
    Draft,
    Edit,
    ExpireHistory,
    Gather,
    Heal,
    Join,
    MergeRevisions,
    Move,
    Operation,
    Pass,
    Relabel,
    Rename,
    Reply,
    Revoke,
    Reword,
    Say,
    SendDraft,
    Share,
    Trash,
    Trouble,
    Unsay,
    Write,
)

OUTSIDER = "friend@outside.example"
OTHER_OUTSIDER = "editor@outside.example"
TEACHER = f"teacher.english@{DOMAIN}"
KINDS = {
    "doc": DOC,
    "sheet": SHEET,
    "slides": SLIDES,
    "docx": office.DOCX,
    "xlsx": office.XLSX,
    "pdf": office.PDF,
    "txt": "text/plain",
}
TALKS = {"group": GROUP, "direct": DIRECT, "space": SPACE}
PLACES = {"inbox": None, "spam": ["SPAM"], "trash": ["TRASH"]}
_PLAYED: dict[type, str] = {
    Deliver: "_deliver",
    Reply: "_reply",
    Draft: "_draft",
    SendDraft: "_send_draft",
    Relabel: "_relabel",
    DeleteMail: "_delete_mail",
    Write: "_write",
    Edit: "_edit",
    Rename: "_rename",
    Share: "_share",
    Move: "_move",
    Trash: "_trash",
    DeleteFile: "_delete_file",
    MergeRevisions: "_merge",
    Comment: "_comment",
    DeleteComment: "_delete_comment",
    Gather: "_gather",
    Join: "_join",
    Say: "_say",
    Reword: "_reword",
    Unsay: "_unsay",
    Pass: "_pass_time",
    Trouble: "_trouble",
    Heal: "_heal",
    ExpireHistory: "_expire",
    Revoke: "_revoke",
}


@dataclass
class Player:
    """Plays operations on a simulated district. What there is nothing to do to is passed over."""

    control: Control
    students: list[str] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    files: list[dict[str, str]] = field(default_factory=list)
    comments: list[tuple[str, str]] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    drive: str = ""
    talks: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.students = self.students or self.control.students()

    def perform(self, operation: Operation) -> bool:
        """Plays one operation; False when it is the driver's to do."""
        name = _PLAYED.get(type(operation))
        if name is not None:
            getattr(self, name)(operation)
        return name is not None

    def student(self, number: int) -> str:
        """A student's address."""
        return self.students[number % len(self.students)]

    def anybody(self, number: int | None) -> str:
        """A student's address, or (None) the outsider's, or (below 0) the other outsider's."""
        if number is None:
            return OUTSIDER
        return self.student(number) if number >= 0 else OTHER_OUTSIDER

    def _deliver(self, op: Deliver) -> None:
        sender = self.anybody(op.sender)
        attached = [{"filename": "notes.txt", "mime_type": "text/plain", "text": op.attached}] if op.attached else None
        fields = {"labels": PLACES[op.place], "attachments": attached, "confidential": op.confidential}
        self._sent(self.control.mail(sender, self.student(op.to), op.words[:40], op.words, **fields))

    def _reply(self, op: Reply) -> None:
        if self.mails:
            first = self.mails[op.mail % len(self.mails)]
            sender, to = first["copies"][-1]["mailbox"], first["copies"][0]["mailbox"]
            self._sent(self.control.mail(sender, to, "Re:", op.words, in_reply_to=first["message_id"]))

    def _sent(self, answer: dict[str, Any]) -> None:
        self.mails.append(answer)

    def _draft(self, op: Draft) -> None:
        who = self.student(op.who)
        answer = self.control.do(
            "draft", mailbox=who, id=self.drafts.get(who), to=[OUTSIDER], subject="", text=op.words
        )
        self.drafts[who] = answer["draft"]

    def _send_draft(self, op: SendDraft) -> None:
        who = self.student(op.who)
        if who in self.drafts:
            answer = self.control.do("draft", mailbox=who, id=self.drafts.pop(who), send=True)
            self._sent({"copies": answer["copies"], "message_id": ""})

    def _relabel(self, op: Relabel) -> None:
        if self.mails:
            copy = self._copy(op.mail)
            change = {"add" if op.add else "remove": [op.label]}
            self.control.do("label_message", mailbox=copy["mailbox"], id=copy["id"], **change)

    def _delete_mail(self, op: DeleteMail) -> None:
        if self.mails:
            copy = self._copy(op.mail)
            self.control.do("delete_message", mailbox=copy["mailbox"], id=copy["id"])
            mail = self.mails[op.mail % len(self.mails)]
            mail["copies"].remove(copy)
            if not mail["copies"]:
                self.mails.remove(mail)

    def _copy(self, number: int) -> dict[str, Any]:
        copies: list[dict[str, Any]] = self.mails[number % len(self.mails)]["copies"]
        return copies[number % len(copies)]

    def _write(self, op: Write) -> None:
        owner, kind = self.anybody(op.owner), KINDS[op.kind]
        shared = [] if op.shared is None else [self.student(op.shared)]
        drive = self._shared_drive() if op.in_drive else None
        fields = {"mime_type": kind, "render": kind in office.MADE, "shared_with": shared, "drive": drive}
        written = self.control.write_file(owner, f"{op.words[:30]}.{op.kind}", op.words, **fields)
        self.files.append({"id": written["id"], "text": op.words, "kind": kind, "owner": owner})

    def _shared_drive(self) -> str:
        if not self.drive:
            members = dict.fromkeys(self.students, "writer")
            self.drive = self.control.do("shared_drive", name="Everybody's drive", members=members)["id"]
        return self.drive

    def _edit(self, op: Edit) -> None:
        if self.files:
            file = self.files[op.file % len(self.files)]
            file["text"] = op.words if op.anew else f"{file['text']}\n{op.words}"
            render = file["kind"] in office.MADE
            self.control.edit_file(file["id"], text=file["text"], editor=self.anybody(op.editor), render=render)

    def _rename(self, op: Rename) -> None:
        self._on_file(op.file, lambda file: self.control.edit_file(file["id"], name=op.words))

    def _share(self, op: Share) -> None:
        shared = [] if op.who is None else [self.student(op.who)]
        self._on_file(op.file, lambda file: self.control.edit_file(file["id"], shared_with=shared))

    def _move(self, op: Move) -> None:
        target = {"drive": self._shared_drive()} if op.into else {"owner": self.student(op.owner)}
        self._on_file(op.file, lambda file: self.control.do("move_file", id=file["id"], **target))

    def _trash(self, op: Trash) -> None:
        self._on_file(op.file, lambda file: self.control.edit_file(file["id"], trashed=op.away))

    def _delete_file(self, op: DeleteFile) -> None:
        if self.files:
            file = self.files.pop(op.file % len(self.files))
            self.comments = [known for known in self.comments if known[0] != file["id"]]
            self.control.do("remove_file", id=file["id"])

    def _merge(self, op: MergeRevisions) -> None:
        self._on_file(op.file, lambda file: self.control.do("merge_revisions", id=file["id"], keep=1))

    def _on_file(self, number: int, act: Callable[[dict[str, str]], Any]) -> None:
        if self.files:
            act(self.files[number % len(self.files)])

    def _comment(self, op: Comment) -> None:
        if self.files:
            file, author = self.files[op.file % len(self.files)], self.anybody(op.author)
            known = [comment for place, comment in self.comments if place == file["id"]]
            answers = known[op.answers % len(known)] if known and op.answers is not None else None
            made = self.control.do("comment", id=file["id"], author=author, text=op.words, reply_to=answers)
            if answers is None:
                self.comments.append((file["id"], made["id"]))

    def _delete_comment(self, op: DeleteComment) -> None:
        if self.comments:
            file, comment = self.comments.pop(op.comment % len(self.comments))
            self.control.do("change_comment", id=file, comment=comment, delete=True)

    def _gather(self, op: Gather) -> None:
        people = [TEACHER if one is not None and one < 0 else self.anybody(one) for one in op.members]
        members = list(dict.fromkeys(people))
        if len(members) > 1 and (op.kind != "direct" or len(members) == 2):
            made = self.control.do("space", kind=TALKS[op.kind], members=members, name="A topic")
            known = [talk for talk in self.talks if talk["id"] != made["id"]]
            self.talks = [*known, {"id": made["id"], "kind": op.kind, "members": members}]

    def _join(self, op: Join) -> None:
        talk, who = self._talk(op.talk), self.student(op.who)
        members = [one for one in talk["members"] if one != who] + [who] * (not op.leaves)
        if talk["kind"] != "direct" and members:
            self.control.do("space", id=talk["id"], members=members)
            talk["members"] = members

    def _talk(self, number: int) -> dict[str, Any]:
        if not self.talks:
            self._gather(Gather("group", tuple(range(min(6, len(self.students))))))
        return self.talks[number % len(self.talks)]

    def _say(self, op: Say) -> None:
        talk = self._talk(op.talk)
        sender, there = talk["members"][op.sender % len(talk["members"])], talk["id"]
        known = [one["thread"] for one in self.said if one["space"] == there]
        thread = known[op.answers % len(known)] if known and op.answers is not None else ""
        file = {"filename": "notes.txt", "mime_type": "text/plain", "text": op.attached}
        files = [file] if op.attached else None
        made = self.control.do("say", space=there, sender=sender, text=op.words, thread=thread, attachments=files)
        self.said.append({"space": there, "id": made["id"], "thread": made["thread"], "text": op.words})

    def _reword(self, op: Reword) -> None:
        if self.said:
            one = self.said[op.message % len(self.said)]
            one["text"] = op.words if op.anew else f"{one['text']}\n{op.words}"
            self.control.do("change_message", space=one["space"], id=one["id"], text=one["text"])

    def _unsay(self, op: Unsay) -> None:
        if self.said:
            one = self.said.pop(op.message % len(self.said))
            self.control.do("change_message", space=one["space"], id=one["id"], delete=True)

    def _pass_time(self, op: Pass) -> None:
        if op.seconds > 0:
            self.control.move_clock(op.seconds)

    def _trouble(self, op: Trouble) -> None:
        rule = {"kind": op.kind, "rate": op.rate, "method": op.method, "count": op.count, "seconds": 0.01}
        self.control.do("faults", rules=[{name: value for name, value in rule.items() if value is not None}])

    def _heal(self, _op: Heal) -> None:
        self.control.do("faults", clear=True)
        for who in sorted(self.revoked):
            self.control.do("revoke", subject=who, restore=True)
        self.revoked.clear()

    def _expire(self, op: ExpireHistory) -> None:
        self.control.do("expire_history", mailbox=self.student(op.who))

    def _revoke(self, op: Revoke) -> None:
        self.revoked.add(self.student(op.who))
        self.control.do("revoke", subject=self.student(op.who))
