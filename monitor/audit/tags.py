"""Every kind of audit event, as source:subject:action."""

from enum import StrEnum


class Tag(StrEnum):
    """What happened; docs/reference/audit.md explains each."""

    DISTRICT_APPLIED = "config:district:apply"
    BREAK_ADDED = "config:break:add"
    BREAK_ENDED = "config:break:end"
    EXEMPTION_ADDED = "config:exemption:add"
    EXEMPTION_ENDED = "config:exemption:end"
    SIGNED_IN = "account:session:open"
    SIGN_IN_REFUSED = "account:session:refuse"
    SIGNED_OUT = "account:session:close"
    USER_ADDED = "account:user:add"
    CONTENT_VIEWED = "content:finding:view"
    CASE_CLAIMED = "case:claim:take"
    CASE_RELEASED = "case:claim:release"
    CASE_DECIDED = "case:decision:record"
    CASE_REOPENED = "case:decision:reopen"
    CLUSTER_DECIDED = "case:cluster:decide"
    NOTE_ADDED = "case:note:add"
    TEXT_LEARNED = "case:text:learn"
    TEXT_ENDED = "case:text:end"
    FINDING_RESTORED = "case:aside:restore"
    PROPOSAL_ACCEPTED = "config:proposal:accept"
    PROPOSAL_DECLINED = "config:proposal:decline"
    ITEM_RELEASED = "intake:item:release"
    ALERT_FAILED = "alert:delivery:fail"
