"""Every kind of audit event, as source:subject:action."""

from enum import StrEnum


class Tag(StrEnum):
    """What happened; docs/reference/audit.md explains each."""

    DISTRICT_APPLIED = "config:district:apply"
    BREAK_ADDED = "config:break:add"
    BREAK_ENDED = "config:break:end"
    CALENDAR_READ = "config:calendar:read"
    CALENDAR_HELD = "config:calendar:hold"
    POLICY_CHANGED = "config:policy:change"
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
    ALERT_BOUNCED = "alert:delivery:bounce"
    ALERT_ACKNOWLEDGED = "alert:case:acknowledge"
    DRILL_STARTED = "alert:drill:start"
    DRILL_ACKNOWLEDGED = "alert:drill:acknowledge"
    DRILL_ENDED = "alert:drill:end"
