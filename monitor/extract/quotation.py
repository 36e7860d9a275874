"""Who wrote which part of a mail: new, quoted, forwarded, signature.

Nothing is ever dropped: the spans of a text, put together, are the text. A forwarded threat under "look at
this" must come out, so whatever is doubtful gets the kind that counts more: forwarded before quoted, new
before signature.
"""

import re
from collections.abc import Mapping, Sequence, Set

from monitor.domain.text import Span, SpanKind
from monitor.extract import phrases

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SIGNATURE_LINES = 10
_SIGNATURE_CHARS = 1_000
_HEADER_LINES = 14
_ATTRIBUTION_LINES = 4
_LOOK_AHEAD = 8
_MARKED_WITHIN = 3
_SENTENCE = re.compile(r"(?:\S+\s+){4,}\S*[\w\u2019'][.!?\u2026]+$|(?:\S+\s+){9}")


def split_quotation(text: str, *, part: str = "", forwarded: bool = False) -> list[Span]:
    """The spans of `text` in order; their texts concatenated are exactly `text`.

    `forwarded` says that the mail is known to be a forward (by its subject), so that copied headers in the
    manner of Outlook open a forwarded message and not the quotation of a reply.
    """
    return split_lines(_LINE.findall(text), part=part, forwarded=forwarded)


def split_lines(
    lines: Sequence[str],
    *,
    marks: Mapping[int, SpanKind] | None = None,
    rests: Set[int] = frozenset(),
    part: str = "",
    forwarded: bool = False,
) -> list[Span]:
    """As `split_quotation`, for lines with their line ends and with what markup knew about them.

    `marks`: line number → kind given by an element. `rests`: numbers of lines from which on everything is
    the message that was answered or forwarded.
    """
    starts = _Splitter(lines, marks or {}, rests, forwarded).starts()
    ends = [at for at, _ in starts] + [len(lines)]
    return [Span(kind, "".join(lines[at:end]), part) for (at, kind), end in zip(starts, ends[1:], strict=True)]


def is_forward_subject(subject: str) -> bool:
    """Whether a subject says that the mail is a forward, in the words of the usual mail programs."""
    return re.match(r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|rv|tr|wg|enc|i|reenv)\s?:", subject, re.IGNORECASE) is not None


class _Splitter:
    """One walk over the lines; every look ahead is bounded, so the walk is linear."""

    def __init__(self, lines: Sequence[str], marks: Mapping[int, SpanKind], rests: Set[int], forwarded: bool) -> None:
        self._lines = lines
        self._marks = marks
        self._rests = rests
        self._forwarded = forwarded
        self._kinds: list[SpanKind | None] = [None] * len(lines)
        self._rest: SpanKind | None = None
        self._wrote = False
        self._prefix: str | None = None
        self._dashes = sum(line.strip() == "--" for line in lines)

    def starts(self) -> list[tuple[int, SpanKind]]:
        """Where each span starts, and its kind; blank lines go with the line before them."""
        at = 0
        while at < len(self._lines):
            at = self._step(at)
        starts: list[tuple[int, SpanKind]] = []
        current = None
        for at, kind in enumerate(self._kinds):
            if kind is not None and kind is not current:
                starts.append((at if starts else 0, kind))
                current = kind
        return starts or ([(0, SpanKind.NEW)] if self._lines else [])

    def _step(self, at: int) -> int:
        """Decide the line `at` and perhaps some after it; the number of the next undecided line."""
        head = self._head(at)
        if not head:
            return at + 1
        if at in self._rests and self._rest is None:
            self._rest = self._answered()
        if self._rest is not None:
            return self._step_in_rest(at, head)
        mark = self._marks.get(at)
        if mark is not None:
            return self._set(at, at + 1, mark)
        if _is_quoted(head):
            return self._set_quoted_run(at)
        if self._prefix is not None and head.startswith(self._prefix):
            return self._set(at, at + 1, SpanKind.QUOTED)
        return self._step_in_own(at, head)

    def _set_quoted_run(self, at: int) -> int:
        """Mark `at` and the plainly quoted lines after it; a short cut for the bulk of many mails."""
        end = at + 1
        if not self._marks and not self._rests:
            while end < len(self._lines) and self._lines[end][:2] in (">\n", "> ", ">>"):
                end += 1
        self._kinds[at:end] = [SpanKind.QUOTED] * (end - at)
        return end

    def _step_in_rest(self, at: int, head: str) -> int:
        kind = self._rest
        if phrases.FORWARD.match(head):
            self._rest = kind = SpanKind.FORWARDED
        elif kind is SpanKind.FORWARDED and phrases.FORWARD_END.match(head):
            self._rest = None
        return self._set(at, at + 1, kind)

    def _step_in_own(self, at: int, head: str) -> int:
        if phrases.FORWARD.match(head):
            self._rest = SpanKind.FORWARDED
            return self._set(at, at + 1, SpanKind.FORWARDED)
        end = self._copied_headers_end(at, head)
        if end:
            return self._open_answered(at, end, self._answered())
        end = self._attribution_end(at, head)
        if end:
            return self._open_answered(at, end, SpanKind.QUOTED)
        end = self._signature_end(at, head)
        if end:
            return self._set(at, end, SpanKind.SIGNATURE)
        self._wrote = True
        return self._set(at, at + 1, SpanKind.NEW)

    def _answered(self) -> SpanKind:
        """Copied headers with nothing of one's own above them are a forward, whatever the subject says."""
        return SpanKind.QUOTED if self._wrote and not self._forwarded else SpanKind.FORWARDED

    def _open_answered(self, at: int, end: int, kind: SpanKind) -> int:
        """Mark the lines that introduce an older message; unless its lines are marked, it runs to the end."""
        if self._marked_quote_follows(end):
            return self._set(at, end, SpanKind.FORWARDED if self._forwarded else SpanKind.QUOTED)
        self._rest = kind
        return self._set(at, end, kind)

    def _copied_headers_end(self, at: int, head: str) -> int | None:
        """The line after a block of copied headers that starts at `at`, or None."""
        opened = phrases.ORIGINAL.match(head) is not None
        if not opened and phrases.RULE.match(head):
            # Outlook draws a line above the headers.
            following = self._next_filled(at + 1)
            if following is None or not phrases.HEADER_FROM.match(self._head(following)):
                return None
            return self._copied_headers_end(following, self._head(following))
        names: set[str] = set()
        end = at + 1
        if not opened and not phrases.HEADER_FROM.match(head):
            return None
        for number in range(at + 1, min(at + _HEADER_LINES, len(self._lines))):
            line = self._head(number)
            if phrases.FORWARD.match(line) or phrases.ORIGINAL.match(line):
                break  # the headers below it are another message's
            found = phrases.HEADER_OTHER.match(line) or (opened and phrases.HEADER_FROM.match(line))
            if found:
                names.add(found.groupdict().get("name", "from").lower())
                end = number + 1
        return end if opened or len(names) >= 2 else None

    def _attribution_end(self, at: int, head: str) -> int | None:
        """The line after "On … wrote:" (which may be wrapped) at `at`, or None."""
        if phrases.ATTRIBUTION_START.match(head):
            joined = ""
            for number in range(at, min(at + _ATTRIBUTION_LINES, len(self._lines))):
                line = self._head(number)
                if not line or _is_quoted(line) or number in self._marks:
                    break
                joined = f"{joined} {line}".strip()
                if line.endswith(":") and phrases.ATTRIBUTION.match(joined[: 2 * phrases.MAX_LINE]):
                    is_sure = phrases.ATTRIBUTION_SURE.search(joined) is not None
                    return number + 1 if is_sure or self._marked_quote_follows(number + 1) else None
            if phrases.ATTRIBUTION_AND_TEXT.match(head):
                return at + 1
        if head.endswith(phrases.COLONS) and phrases.ATTRIBUTION_LOOSE.match(head):
            return at + 1 if self._marked_quote_follows(at + 1) else None
        return None

    def _signature_end(self, at: int, head: str) -> int | None:
        """The line after a signature, a device's line or a list's footer at `at`, or None."""
        if phrases.DEVICE.match(head):
            return at + 1
        if head == "--":
            end = self._short_block_end(at)
            return None if end is None or self._is_only_a_break(at, end) else end
        if phrases.RULE.match(head) and self._is_list_footer(at + 1):
            return self._short_block_end(at)
        return None

    def _is_only_a_break(self, at: int, end: int) -> bool:
        """Whether two dashes stand between the lines of a text, as in a poem, and not above a name.

        With a space behind them they are the mark of a signature; without it they may have lost it.
        """
        if self._lines[at].rstrip("\r\n") == "-- ":
            return False
        if self._dashes > 1:
            return True
        heads = [self._head(number) for number in range(at + 1, end)]
        return any(_SENTENCE.match(head) for head in heads) and not any(map(phrases.LIST_WORDS.search, heads))

    def _is_list_footer(self, at: int) -> bool:
        """Whether the text right below a drawn line speaks of a mailing list."""
        filled = [head for number in range(at, min(at + 4, len(self._lines))) if (head := self._head(number))]
        return any(phrases.LIST_WORDS.search(head) for head in filled[:2])

    def _short_block_end(self, at: int) -> int | None:
        """Where the lines below `at` end, at the end or at older text; None when they are long.

        A long text under two dashes is a message, not a name and an address.
        """
        filled = chars = 0
        for number in range(at + 1, len(self._lines)):
            head = self._head(number)
            if head and self._opens_other(number, head):
                return number
            filled += bool(head)
            chars += len(self._lines[number])
            if filled > _SIGNATURE_LINES or chars > _SIGNATURE_CHARS:
                return None
        return len(self._lines)

    def _opens_other(self, at: int, head: str) -> bool:
        return (
            at in self._marks
            or at in self._rests
            or head == "--"
            or _is_quoted(head)
            or phrases.FORWARD.match(head) is not None
            or phrases.RULE.match(head) is not None
            or self._copied_headers_end(at, head) is not None
            or self._attribution_end(at, head) is not None
        )

    def _marked_quote_follows(self, at: int) -> bool:
        """Whether one of the next lines is marked as quoted; the first may be "[...]" or the like.

        A mark other than ">" is remembered and holds for the lines that begin with it.
        """
        filled = [number for number in range(at, min(at + _LOOK_AHEAD, len(self._lines))) if self._head(number)]
        for number in filled[:_MARKED_WITHIN]:
            if self._marks.get(number) is SpanKind.QUOTED or _is_quoted(self._head(number)):
                return True
        prefix = phrases.PREFIX.match(self._head(filled[0])) if filled else None
        self._prefix = prefix[0] if prefix else self._prefix
        return prefix is not None

    def _next_filled(self, at: int) -> int | None:
        """The next line that is not blank, if it comes soon."""
        for number in range(at, min(at + _LOOK_AHEAD, len(self._lines))):
            if self._head(number):
                return number
        return None

    def _head(self, at: int) -> str:
        return self._lines[at].strip()[: phrases.MAX_LINE]

    def _set(self, at: int, end: int, kind: SpanKind | None) -> int:
        for number in range(at, end):
            if self._lines[number].strip():
                self._kinds[number] = kind
        return end


def _is_quoted(head: str) -> bool:
    # mbox files write ">From" where a line of the message began with "From".
    return head[:1] == ">" and not head.startswith(">From ") and not phrases.EMOTICON.match(head)
