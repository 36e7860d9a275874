"""Draws operations: few people, few files, much that happens to the same thing, at moments that matter.

Words are left empty: whoever plays an operation gives each text a word of its own.
"""

from hypothesis import strategies as st

from monitor.simulator import script
from monitor.simulator.script import Operation

WHO = st.integers(0, 2)
FEW = st.integers(0, 2)
ANYBODY = st.none() | WHO
HOUR, DAY = 3_600.0, 86_400.0
TROUBLES = (
    *("rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503", "timeout", "skew"),
    *("reset", "reset_body", "truncated", "not_json", "wrong_json", "duplicate", "shuffle"),
)
WHERE = ("", "history", "messages", "changes", "files", "comments", "revisions", "spaces", "token")
LABELS = ("TRASH", "TRASH", "SPAM", "Press", "Club")
MEMBERS = ((0, 1), (0, 2), (None, 0), (0, -1), (0, 1, 2), (None, 0, 2), (-1, 0, 1))
POINTS = st.integers(1, 25) | st.integers(1, 150)


def mail() -> st.SearchStrategy[Operation]:
    """What happens to mail."""
    return st.one_of(
        st.builds(
            script.Deliver,
            sender=st.sampled_from([None, None, 0, 1, 2, -1]),
            to=WHO,
            words=st.just(""),
            place=st.sampled_from(["inbox", "inbox", "inbox", "spam", "trash"]),
            attached=st.sampled_from(["", "", "attached"]),
        ),
        st.builds(script.Reply, mail=FEW, words=st.just("")),
        st.builds(script.Draft, who=WHO, words=st.just("")),
        st.builds(script.SendDraft, who=WHO),
        st.builds(script.Relabel, mail=st.integers(0, 7), label=st.sampled_from(LABELS), add=st.booleans()),
        st.builds(script.DeleteMail, mail=st.integers(0, 7)),
    )


def writing() -> st.SearchStrategy[Operation]:
    """New files, edits and comments."""
    anew = st.sampled_from([False, False, True])
    edit = st.builds(script.Edit, file=FEW, editor=ANYBODY, words=st.just(""), anew=anew)
    return st.one_of(
        st.builds(
            script.Write,
            owner=st.sampled_from([0, 0, 1, 2, None, -1]),
            words=st.just(""),
            kind=st.sampled_from(["doc", "doc", "doc", "sheet", "slides", "txt"]),
            shared=ANYBODY,
            in_drive=st.booleans(),
        ),
        edit,
        edit,
        st.builds(script.Comment, file=FEW, author=ANYBODY, words=st.just(""), answers=st.none() | FEW),
    )


def filing() -> st.SearchStrategy[Operation]:
    """What else happens to files."""
    return st.one_of(
        st.builds(script.Rename, file=FEW, words=st.just("")),
        st.builds(script.Share, file=FEW, who=ANYBODY),
        st.builds(script.Move, file=FEW, into=st.booleans(), owner=WHO),
        st.builds(script.Trash, file=FEW, away=st.booleans()),
        st.builds(script.DeleteFile, file=FEW),
        st.builds(script.MergeRevisions, file=FEW),
        st.builds(script.DeleteComment, comment=FEW),
    )


def talking() -> st.SearchStrategy[Operation]:
    """What is said in Chat, edited and deleted there, and who comes and goes."""
    say = st.builds(
        script.Say,
        sender=st.integers(0, 3),
        words=st.just(""),
        talk=FEW,
        answers=st.none() | FEW,
        attached=st.sampled_from(["", "", "", "attached"]),
    )
    kinds = st.sampled_from(["group", "group", "direct", "space"])
    anew = st.sampled_from([False, False, True])
    return st.one_of(
        st.builds(script.Gather, kind=kinds, members=st.sampled_from(MEMBERS)),
        st.builds(script.Join, talk=FEW, who=WHO, leaves=st.booleans()),
        *(say, say, say),
        st.builds(script.Reword, message=st.integers(0, 7), words=st.just(""), anew=anew),
        st.builds(script.Unsay, message=st.integers(0, 7)),
    )


def people() -> st.SearchStrategy[Operation]:
    """Whatever people do."""
    return st.one_of(mail(), writing(), writing(), talking(), filing())


def trouble() -> st.SearchStrategy[Operation]:
    """Bursts of faults that pass, forgotten history, and withdrawn delegation."""
    faults = st.builds(
        script.Trouble,
        kind=st.sampled_from(TROUBLES),
        rate=st.sampled_from([0.2, 0.5, 1.0, 1.0]),
        method=st.sampled_from(WHERE),
        count=st.sampled_from([1, 2, 4, 4, 8, 12]),
    )
    return st.one_of(
        faults,
        faults,
        st.builds(script.ExpireHistory, who=WHO),
        st.builds(script.Revoke, who=WHO),
        st.builds(script.Heal),
    )


def work() -> st.SearchStrategy[Operation]:
    """Workers: whole passes, what is due, a death, a rival, and people who act while one runs."""
    slow = st.builds(script.Pass, seconds=st.sampled_from([1.0, 400.0]))
    by = st.one_of(people(), people(), trouble(), st.just(script.Work()), breaks(), slow)
    return st.one_of(
        st.builds(script.Work, due_only=st.booleans()),
        st.builds(script.Crash, point=POINTS, at=st.sampled_from(["", "", "INSERT", "UPDATE", "intake_item"])),
        st.builds(script.Meanwhile, point=POINTS, by=by),
    )


def breaks() -> st.SearchStrategy[Operation]:
    """Breaks of one school or all, now or soon."""
    return st.builds(
        script.Break,
        seconds=st.sampled_from([600.0, 600.0, 600.0, 12 * DAY]),
        school=st.sampled_from([None, 0, 1]),
        delay=st.sampled_from([0.0, 0.0, 60.0]),
    )


def pauses() -> st.SearchStrategy[Operation]:
    """Breaks, and time that goes by, most often right to where a break begins or ends."""
    passing = st.builds(script.Pass, seconds=st.sampled_from([0.5, 1.0, 60.0, 200.0, HOUR, 9 * HOUR]))
    edge = st.builds(script.Edge, past=st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.5, 2.0]))
    return st.one_of(breaks(), passing, edge, edge, st.just(script.Rest()))


def anything() -> st.SearchStrategy[Operation]:
    """One operation; people do more than happens to them."""
    return st.one_of(
        *(mail(), mail(), writing(), writing(), writing(), filing(), talking(), talking()),
        *(trouble(), work(), work(), work(), pauses(), pauses()),
    )
