"""The control door: JSON verbs that act on the district as people, administrators and bad luck would."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from monitor.simulator import control_chat, control_drive, control_mail, control_people
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.drive_resources import stamp
from monitor.simulator.quota import Usage
from monitor.simulator.record import KINDS
from monitor.simulator.school_day import PER_STUDENT, Traffic
from monitor.simulator.world import World

__all__ = ["ControlError", "act"]


def act(world: World, name: str, content: Any) -> dict[str, Any]:
    """Carries out verb `name`; raises `ControlError` in words for a wrong verb, field or value."""
    verb = _VERBS.get(name)
    if verb is None:
        message = f"no verb {name!r}; there are {', '.join(sorted(_VERBS))}"
        raise ControlError(message)
    given = Input(name, content)
    try:
        with world.lock:
            world.catch_up()
            return verb(world, given)
    except ValueError as error:
        message = f"{name}: {error}"
        raise ControlError(message) from error


def _move_clock(world: World, given: Input) -> dict[str, Any]:
    """Sets the clock (`to`), moves it (`seconds`), or lets it run `rate` times as fast (0: it stands)."""
    to, seconds, rate = given.instant("to"), given.number("seconds", 0), given.number("rate", -1)
    given.done()
    if [to is not None, seconds != 0].count(True) != 1 and rate < 0:
        message = "move_clock: give either `seconds` or `to`, or `rate`"
        raise ControlError(message)
    return {"now": stamp(world.move_clock(to, timedelta(seconds=seconds), rate if rate >= 0 else None))}


def _traffic(world: World, given: Input) -> dict[str, Any]:
    """School days from now on: `scale`, `danger` (share of mails with a sign), `per_student` {kind: times a day};
    `stop` ends them."""
    stop, scale = given.flag("stop"), given.number("scale", 1)
    danger, changed = given.number("danger", 0), given.mapping("per_student") or {}
    start = given.flag("start")
    given.done()
    wrong = sorted(set(changed) - set(PER_STUDENT))
    if wrong:
        message = f"traffic: no kind {wrong[0]!r}; there are {', '.join(PER_STUDENT)}"
        raise ControlError(message)
    if start:
        world.traffic = Traffic(world, world.now(), scale, danger)
        world.traffic.per_student |= {kind: float(often) for kind, often in changed.items()}
    elif stop:
        world.traffic = None
    running = world.traffic
    if not isinstance(running, Traffic):
        return {"running": False, "done": {}}
    return {"running": True, "next": stamp(running.next), "done": dict(running.done)}


def _faults(world: World, given: Input) -> dict[str, Any]:
    rules, clear = given.mappings("rules"), given.flag("clear")
    given.done()
    if clear:
        world.faults.clear()
    world.faults.add(rules)
    rules = [{"kind": rule.kind, "match": rule.match.pattern, "left": rule.left} for rule in world.faults.rules]
    return {"rules": rules, "struck": dict(world.faults.struck)}


def _quota(world: World, given: Input) -> dict[str, Any]:
    """Which limits hold: `mode`, with `limits` {api: {limit: units}} changed; without either just says so."""
    mode, limits = given.text("mode"), given.mapping("limits")
    given.done()
    if mode or limits:
        world.quota.set_mode(mode or world.quota.mode, limits)
    return {"mode": world.quota.mode, "limits": world.quota.limits}


def _usage(world: World, given: Input) -> dict[str, Any]:
    """Units and calls so far, by method and by day; with `subject` that person's too; `reset` begins anew."""
    subject, reset = given.text("subject"), given.flag("reset")
    given.done()
    answer = world.quota.usage.as_answer(subject)
    if reset:
        world.quota.usage = Usage()
    return answer


def _expire_history(world: World, given: Input) -> dict[str, Any]:
    email = given.text("mailbox")
    given.done()
    if email:
        given.person(world, email)
    boxes = [world.mailbox(email)] if email else list(world.mailboxes.values())
    for box in boxes:
        box.expire()
    return {"mailboxes": len(boxes)}


def _ledger(world: World, given: Input) -> dict[str, Any]:
    since, reset = int(given.number("since", 0)), given.flag("reset")
    given.done()
    return world.ledger.read(since, reset)


def _reports_delay(world: World, given: Input) -> dict[str, Any]:
    """How late events show in the Reports API, and the share that never does."""
    reports = world.reports
    lag, jitter = given.number("seconds", 0), given.number("jitter", 0)
    loss = given.number("loss", 0)
    given.done()
    reports.lag, reports.jitter, reports.loss = timedelta(seconds=lag), timedelta(seconds=jitter), loss
    return {"events": len(reports.events)}


def _record(world: World, given: Input) -> dict[str, Any]:
    """What existed when: facts above number `since`, of `kinds`, with their `text` unless told otherwise."""
    since, kinds = int(given.number("since", 0)), given.texts("kinds") or list(KINDS)
    with_text, most = given.flag("text", default=True), int(given.number("most", 10_000))
    given.done()
    found = [pair for pair in world.record.since(since) if pair[1].kind in kinds]
    facts = [fact.as_entry(number, with_text) for number, fact in found[:most]]
    return {"facts": facts, "last": world.record.count, "more": len(found) > most}


def _reset(world: World, given: Input) -> dict[str, Any]:
    """The district as new, with the same people (another `seed`: others) and nothing written yet."""
    seed, quota = int(given.number("seed", world.seed)), given.text("quota") or world.quota.mode
    given.done()
    world.begin(seed, quota)
    return _state(world, Input("state", {}))


def _state(world: World, given: Input) -> dict[str, Any]:
    given.done()
    return {
        "now": stamp(world.now()),
        "accounts": len(world.students()),
        "people": len(world.people),
        "messages": sum(len(box.messages) for box in world.mailboxes.values()),
        "mailboxes": len(world.mailboxes),
        "pending_mail": sum(len(box.pending) for box in world.mailboxes.values())
        + sum(len(paths) for paths in world.pending.values()),
        "files": len(world.drive.files),
        "calls": world.ledger.count,
        "faults": len(world.faults.rules),
    }


def _now(world: World, given: Input) -> dict[str, datetime | str]:
    given.done()
    return {"now": stamp(world.now())}


_VERBS: dict[str, Callable[[World, Input], dict[str, Any]]] = {
    "deliver": control_mail.deliver,
    "draft": control_mail.draft,
    "delete_message": control_mail.delete_message,
    "label_message": control_mail.label_message,
    "write_file": control_drive.write_file,
    "remove_file": control_drive.remove_file,
    "move_file": control_drive.move_file,
    "merge_revisions": control_drive.merge_revisions,
    "comment": control_drive.comment,
    "change_comment": control_drive.change_comment,
    "shared_drive": control_drive.shared_drive,
    "space": control_chat.space,
    "say": control_chat.say,
    "change_message": control_chat.change_message,
    "move_clock": _move_clock,
    "now": _now,
    "traffic": _traffic,
    "faults": _faults,
    "revoke": control_people.revoke,
    "expire_history": _expire_history,
    "suspend": control_people.suspend,
    "add_user": control_people.add_user,
    "move_user": control_people.move_user,
    "remove_user": control_people.remove_user,
    "people": control_people.people,
    "set_user": control_people.set_user,
    "group": control_people.group,
    "rotate_key": control_people.rotate_key,
    "clock_skew": control_people.clock_skew,
    "topic": control_people.topic,
    "reports_delay": _reports_delay,
    "record": _record,
    "ledger": _ledger,
    "quota": _quota,
    "usage": _usage,
    "state": _state,
    "reset": _reset,
}
