"""Quoted text as it was before it was quoted, so that it reads, scores and compares like the original."""

import re

_PREFIX = re.compile(r"(?:[ \t]{0,3}>)+[ \t]?")
_WRAPPED_FROM = 50  # a mail program wraps at 65 to 80 characters; a line this long that goes on below was wrapped


def unquote(text: str) -> str:
    """`text` without the `>` before its lines and with wrapped lines joined again. Nothing else changes."""
    lines: list[str] = []
    depth_before = 0
    for line in text.split("\n"):
        prefix = _PREFIX.match(line)
        depth = prefix[0].count(">") if prefix else 0
        said = line[prefix.end() :] if prefix else line
        if depth and depth == depth_before and _was_wrapped(lines[-1], said):
            lines[-1] = f"{lines[-1].rstrip()} {said.lstrip()}"
        else:
            lines.append(said)
        depth_before = depth
    return "\n".join(lines)


def _was_wrapped(line: str, following: str) -> bool:
    # The joined line grows, so what counts is whether its last wrapped piece was long: any line is, once joined.
    return len(line) >= _WRAPPED_FROM and bool(following.strip()) and following[:1] not in "-*•\t "
