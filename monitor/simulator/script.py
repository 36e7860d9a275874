"""A vocabulary for random histories: what people, Google and bad luck do, as small values that print as code.

Who and what are numbers, counted round the people and things that there are, so that a script stays playable when
operations are left out of it. `Crash`, `Meanwhile`, `Work`, `Rest`, `Break` and `Edge` are for whoever drives the
worker: `Player.perform` answers False to them.

    player = Player(simulation.control)  # monitor.simulator.player
    for operation in script:
        if not player.perform(operation):
            ...  # the driver's own part
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deliver:
    """A mail from student `sender` (None: an outsider, below 0: the other outsider) to student `to`."""

    sender: int | None
    to: int
    words: str
    place: str = "inbox"
    attached: str = ""
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Whoever got mail `mail` answers."""

    mail: int
    words: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Student `who` writes a draft, over their last one if there is one."""

    who: int
    words: str


@dataclass(frozen=True, slots=True)
class SendDraft:
    """Student `who` sends their draft."""

    who: int


@dataclass(frozen=True, slots=True)
class Relabel:
    """A copy of mail `mail` gets a label or loses one."""

    mail: int
    label: str
    add: bool = True


@dataclass(frozen=True, slots=True)
class DeleteMail:
    """A copy of mail `mail` is deleted for good."""

    mail: int


@dataclass(frozen=True, slots=True)
class Write:
    """A new file of student `owner` (None: an outsider, below 0: the other outsider), perhaps shared with `shared`,
    perhaps in the shared drive."""

    owner: int | None
    words: str
    kind: str = "doc"
    shared: int | None = None
    in_drive: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """Student `editor` (None: an outsider) adds to file `file`, or writes it anew."""

    file: int
    editor: int | None
    words: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    """A new title."""

    file: int
    words: str


@dataclass(frozen=True, slots=True)
class Share:
    """File `file` is shared with nobody but student `who` (None: nobody)."""

    file: int
    who: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """Into the shared drive, or out of it to student `owner`."""

    file: int
    into: bool
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Trash:
    """Into the trash, or back."""

    file: int
    away: bool = True


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Deleted for good."""

    file: int


@dataclass(frozen=True, slots=True)
class MergeRevisions:
    """Google thins out the old revisions."""

    file: int


@dataclass(frozen=True, slots=True)
class Comment:
    """Student `author` (None: an outsider) comments on a file, or answers its comment `answers`."""

    file: int
    author: int | None
    words: str
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """A comment is deleted."""

    comment: int


@dataclass(frozen=True, slots=True)
class Gather:
    """A new conversation of Chat: `kind` is "group", "direct" (two people) or "space" (with threads).

    Its members are students, outsiders (None) or a teacher (below 0).
    """

    kind: str
    members: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Student `who` joins conversation `talk`, or leaves it; a direct one stays as it is."""

    talk: int
    who: int
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Member `sender` says something in conversation `talk`, or answers there in the thread of message `answers`.

    Where there is no conversation yet, the first students have one.
    """

    sender: int
    words: str
    talk: int = 0
    answers: int | None = None
    attached: str = ""


@dataclass(frozen=True, slots=True)
class Reword:
    """A message of Chat is edited: lines are added, or it is written anew."""

    message: int
    words: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Unsay:
    """A message of Chat is deleted."""

    message: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Time goes by."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """Calls fail from now on."""

    kind: str
    rate: float = 1.0
    method: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Heal:
    """All trouble ends, also withdrawn delegation."""


@dataclass(frozen=True, slots=True)
class ExpireHistory:
    """The history of student `who`'s mailbox is forgotten."""

    who: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """The delegation is withdrawn for student `who`."""

    who: int


@dataclass(frozen=True, slots=True)
class Crash:
    """The worker dies at its `point`-th step from here, of those that hold the words `at`. The driver's."""

    point: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """The worker runs until it rests, or does only what is due. The driver's."""

    due_only: bool = False


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The worker runs, and at its `point`-th step something else happens: `by`, which may be another worker's run.
    The driver's."""

    point: int
    by: "Operation"


@dataclass(frozen=True, slots=True)
class Rest:
    """All trouble ends, and the worker runs often enough to have done all that it owes. The driver's."""


@dataclass(frozen=True, slots=True)
class Break:
    """A break of so many seconds begins in `delay` seconds, for one school or (None) for all. The driver's."""

    seconds: float
    school: int | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """The clock goes to `past` seconds after the next beginning or end of a break. The driver's."""

    past: float


Operation = (
    Deliver
    | Reply
    | Draft
    | SendDraft
    | Relabel
    | DeleteMail
    | Write
    | Edit
    | Rename
    | Share
    | Move
    | Trash
    | DeleteFile
    | MergeRevisions
    | Comment
    | DeleteComment
    | Gather
    | Join
    | Say
    | Reword
    | Unsay
    | Pass
    | Trouble
    | Heal
    | ExpireHistory
    | Revoke
    | Crash
    | Work
    | Meanwhile
    | Rest
    | Break
    | Edge
)
