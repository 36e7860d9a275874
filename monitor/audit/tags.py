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
    USER_CHANGED = "account:user:change"
    USER_REMOVED = "account:user:remove"
    PASSWORD_SET = "account:password:set"  # noqa: S105 - a tag
    SECOND_FACTOR_SET = "account:factor:set"
    SECOND_FACTOR_REMOVED = "account:factor:remove"
    RECOVERY_CODE_USED = "account:recovery:use"
    SESSIONS_ENDED = "account:session:end"
    SUDO_GRANTED = "account:sudo:grant"
    AUDIT_EXPORTED = "audit:events:export"
    CONTENT_VIEWED = "content:finding:view"
    CONTEXT_VIEWED = "content:context:view"
    CASE_CLAIMED = "case:claim:take"
    CASE_RELEASED = "case:claim:release"
    CASE_DECIDED = "case:decision:record"
    ITEM_RELEASED = "intake:item:release"
    ALERT_FAILED = "alert:delivery:fail"
