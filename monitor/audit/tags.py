"""Every kind of audit event, as source:subject:action."""

from enum import StrEnum


class Tag(StrEnum):
    """What happened; docs/reference/audit.md explains each."""

    DISTRICT_APPLIED = "config:district:apply"
    BREAK_ADDED = "config:break:add"
    BREAK_ENDED = "config:break:end"
    SIGNED_IN = "account:session:open"
    SIGN_IN_REFUSED = "account:session:refuse"
    SIGNED_OUT = "account:session:close"
    USER_ADDED = "account:user:add"
    CONTENT_VIEWED = "content:finding:view"
    CASE_CLAIMED = "case:claim:take"
    CASE_RELEASED = "case:claim:release"
    CASE_DECIDED = "case:decision:record"
    ITEM_RELEASED = "intake:item:release"
    ALERT_FAILED = "alert:delivery:fail"
    TIP_OPENED = "tip:conversation:open"
    TIP_MESSAGE = "tip:message:receive"
    TIP_VIEWED = "tip:message:view"
    TIP_ANSWERED = "tip:message:answer"
    TIP_NAMED = "tip:student:name"
    TIP_MOVED = "tip:site:move"
    TIP_REVEALED = "tip:number:reveal"
    TIP_CLOSED = "tip:conversation:close"
    TIP_REPLY_FAILED = "tip:reply:fail"
    TIP_CODE_REFUSED = "tip:code:refuse"
    TIP_CALL_REFUSED = "tip:call:refuse"
    TIP_LINE_SET = "config:tip_line:set"
