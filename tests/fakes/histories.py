"""Hypothesis strategies for random histories in the vocabulary of `monitor.simulator.script`."""

from hypothesis import strategies as st

from monitor.simulator import script
from monitor.simulator.script import Operation

WORDS = st.sampled_from(
    [
        "see you at practice",
        "the essay is due on Friday",
        "nobody would miss me if I was gone",
        "they said they will hurt me after school",
        "can you send me the notes",
        "I cannot do this any more",
    ]
)
NUMBERS = st.integers(0, 7)
RATES = st.sampled_from([0.2, 0.5, 1.0])
TROUBLES = (
    *("rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503"),
    *("reset", "reset_body", "truncated", "not_json", "wrong_json", "duplicate", "shuffle"),
)


def mail() -> st.SearchStrategy[Operation]:
    """What happens to mail."""
    return st.one_of(
        st.builds(
            script.Deliver,
            sender=st.none() | NUMBERS,
            to=NUMBERS,
            words=WORDS,
            place=st.sampled_from(["inbox", "inbox", "inbox", "spam", "trash"]),
            attached=st.just("") | WORDS,
        ),
        st.builds(script.Reply, mail=NUMBERS, words=WORDS),
        st.builds(script.Draft, who=NUMBERS, words=WORDS),
        st.builds(script.SendDraft, who=NUMBERS),
        st.builds(
            script.Relabel, mail=NUMBERS, label=st.sampled_from(["UNREAD", "TRASH", "SPAM", "Club"]), add=st.booleans()
        ),
        st.builds(script.DeleteMail, mail=NUMBERS),
    )


def files() -> st.SearchStrategy[Operation]:
    """What happens to files and their comments."""
    return st.one_of(
        st.builds(
            script.Write,
            owner=NUMBERS,
            words=WORDS,
            kind=st.sampled_from(["doc", "doc", "sheet", "slides", "docx", "txt"]),
            shared=st.none() | NUMBERS,
            in_drive=st.booleans(),
        ),
        st.builds(script.Edit, file=NUMBERS, editor=NUMBERS, words=WORDS, anew=st.booleans()),
        st.builds(script.Rename, file=NUMBERS, words=WORDS),
        st.builds(script.Share, file=NUMBERS, who=st.none() | NUMBERS),
        st.builds(script.Move, file=NUMBERS, into=st.booleans(), owner=NUMBERS),
        st.builds(script.Trash, file=NUMBERS, away=st.booleans()),
        st.builds(script.DeleteFile, file=NUMBERS),
        st.builds(script.MergeRevisions, file=NUMBERS),
        st.builds(script.Comment, file=NUMBERS, author=NUMBERS, words=WORDS, answers=st.none() | NUMBERS),
        st.builds(script.DeleteComment, comment=NUMBERS),
    )


def chats() -> st.SearchStrategy[Operation]:
    """What is said in Chat."""
    members = st.lists(st.none() | st.just(-1) | NUMBERS, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(script.Gather, kind=st.sampled_from(["group", "direct", "space"]), members=members),
        st.builds(script.Join, talk=NUMBERS, who=NUMBERS, leaves=st.booleans()),
        st.builds(script.Say, sender=NUMBERS, words=WORDS, talk=NUMBERS, answers=st.none() | NUMBERS),
        st.builds(script.Reword, message=NUMBERS, words=WORDS, anew=st.booleans()),
        st.builds(script.Unsay, message=NUMBERS),
    )


def bad_luck() -> st.SearchStrategy[Operation]:
    """Trouble of every kind that passes, and its end."""
    return st.one_of(
        st.builds(script.Trouble, kind=st.sampled_from(TROUBLES), rate=RATES, count=st.integers(1, 6)),
        st.builds(script.ExpireHistory, who=NUMBERS),
        st.builds(script.Revoke, who=NUMBERS),
        st.builds(script.Heal),
    )


def driver() -> st.SearchStrategy[Operation]:
    """What whoever runs the worker must do."""
    return st.one_of(
        st.builds(script.Work),
        st.builds(script.Crash, point=st.integers(1, 40)),
        st.builds(script.Break, seconds=st.sampled_from([600.0, 86_400.0, 12 * 86_400.0])),
    )


def histories(*parts: st.SearchStrategy[Operation], most: int = 20) -> st.SearchStrategy[list[Operation]]:
    """Lists of operations out of these parts, with time going by between them."""
    passing = st.builds(script.Pass, seconds=st.sampled_from([1.0, 60.0, 3_600.0]))
    return st.lists(st.one_of(*parts, passing), max_size=most)
