"""Plain text with soft line breaks (RFC 3676, `format=flowed`) put back together."""


def join_flowed(text: str, *, delete_space: bool = False) -> str:
    """`text` with its soft breaks joined, each paragraph on one line; quotation marks stay at its start.

    `delete_space`: the parameter `delsp=yes`, for languages without spaces.
    """
    joined: list[str] = []
    pending: list[str] = []
    pending_depth = 0
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:].removeprefix(" ")
        if pending and depth != pending_depth:
            joined.append("".join(pending))
            pending = []
        is_soft = line.endswith(" ") and line != "-- "
        if not pending and depth:
            pending.append(">" * depth + " ")
        if line == "-- " and len(pending) > (depth > 0):
            joined.append("".join(pending))
            pending = [">" * depth + " "] if depth else []
        pending.append(line[:-1] if is_soft and delete_space else line)
        pending_depth = depth
        if not is_soft:
            joined.append("".join(pending))
            pending = []
    if pending:
        joined.append("".join(pending))
    return "\n".join(joined)
