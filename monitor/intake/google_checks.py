"""The checks that ask Google, and those of what intake and roster say of Google; for `doctor` and the console."""

import difflib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q

from monitor.calendars.awake import awake_accounts
from monitor.google.credentials import KeyFileError
from monitor.google.directory import OrgUnit
from monitor.google.errors import AccessLost, GoogleError, NotFound, PermanentError
from monitor.google.workspace import Workspace
from monitor.intake.activity import CHAT_STREAM, DRIVE_STREAM, PUSH_STREAM
from monitor.intake.ledger import OpenMeter, UsageTally
from monitor.intake.models import (
    ActivityStream,
    ChatMember,
    ChatSpace,
    Cursor,
    GmailWatch,
    Item,
    ItemState,
    SharedDrive,
)
from monitor.intake.watches import is_on
from monitor.intake.workspace import open_workspace
from monitor.lib import clock
from monitor.lib.checks import Check
from monitor.roster.district import NoDistrict, get_district
from monitor.roster.exemptions import has_exempt_addresses
from monitor.roster.models import District, Exemption, MonitoredAccount, SiteOrgUnit
from monitor.roster.reading import reading_of

CHAT_APP = (
    "Google Cloud console → APIs & Services → Google Chat API → Configuration: give the app a name, a picture and a "
    "description, interactive features off; Chat answers no project without one"
)
NO_SPACE = "AAAAAAAAAAA"
STREAMS = {
    DRIVE_STREAM: (
        "activity stream",
        "Drive is swept account by account until this works: slower, and 100 units for each look",
    ),
    CHAT_STREAM: (
        "chat activity stream",
        "Chat is swept account by account until this works: slower, and a request for each list of conversations",
    ),
    PUSH_STREAM: ("gmail push", "every mailbox is polled until this works; nothing is missed"),
}
LONG_FAILING = timedelta(hours=6)
MANY = 0.9  # of the accounts of a unit or of all: then it is not the accounts


def check_google() -> Iterator[Check]:
    """The credential, and each scope that the sources switched on need, tried with one cheap call."""
    try:
        district = get_district()
        tally = UsageTally()
        workspace = open_workspace(district).with_meter(OpenMeter(tally))
    except NoDistrict:
        return
    except KeyFileError as error:
        yield Check("google key", False, str(error), f"put the service account's key at {Path(district.key_file)}")
        return
    keyless = ", no private key on this machine" if workspace.key.is_keyless else ""
    yield Check("google key", True, f"client id {workspace.key.client_id}{keyless}")
    if not workspace.key.is_keyless and Path(district.key_file).stat().st_mode & 0o077:
        path = district.key_file
        yield Check("google key", False, f"{path} can be read by others", f"chmod 600 {path}")
    yield from _check_directory(workspace, district)
    yield from _check_accounts(workspace, district)
    if is_on():
        yield _check_push(workspace)
    tally.flush()


def _check_directory(workspace: Workspace, district: District) -> Iterator[Check]:
    directory, reading = workspace.directory(district.delegated_admin), reading_of(district)
    yield _attempt("directory users", lambda: next(iter(directory.list_users(district.domain)), None))
    units: list[OrgUnit] = []
    yield _attempt("directory units", lambda: units.extend(directory.list_org_units()))
    if units:
        yield from _check_units({unit.path for unit in units}, reading.exclude_units)
    for group in reading.exclude_groups:
        yield _attempt(f"group {group}", lambda group=group: next(iter(directory.list_members(group)), None))  # type: ignore[misc]
    if reading.grade_field:
        yield _check_grades(workspace, district, reading.grade_field)
    now = clock.now()
    if reading.drive and reading.activity_stream:
        reports = workspace.reports(district.delegated_admin)
        yield _attempt("activity", lambda: next(iter(reports.drive_activity(now - timedelta(minutes=1), now, 1)), None))
    if reading.chat and reading.activity_stream:
        reports = workspace.reports(district.delegated_admin)
        since = now - timedelta(minutes=1)
        yield _attempt("chat activity", lambda: next(iter(reports.chat_activity(since, now, 1)), None))
    if reading.drive and reading.shared_drives:
        drives = workspace.shared_drives(district.delegated_admin)
        yield _attempt("shared drives", lambda: next(iter(drives.list_drives()), None))


def _check_push(workspace: Workspace) -> Check:
    """Does the subscription exist, may it be pulled, and is it one of the topic that Gmail is told to use?"""
    found: list[str] = []
    push = workspace.push(settings.HEED_GMAIL_SUBSCRIPTION)
    check = _attempt("gmail push", lambda: found.append(push.topic()))
    if check.is_good and found != [settings.HEED_GMAIL_TOPIC]:
        remedy = "HEED_GMAIL_TOPIC and HEED_GMAIL_SUBSCRIPTION must belong together: Cloud console → Pub/Sub"
        return Check("google gmail push", False, f"the subscription is of {found[0]}", remedy)
    return check


def _check_accounts(workspace: Workspace, district: District) -> Iterator[Check]:
    reading = reading_of(district)
    account = MonitoredAccount.objects.filter(awake_accounts(clock.now())).first()
    if account is None and MonitoredAccount.objects.exists():
        yield Check("google mail and files", True, "not tried: no account is awake now")
        return
    # Before the first sync the administrator's own mailbox serves: the scopes are the same.
    address = account.address if account else district.delegated_admin
    if reading.gmail:
        yield _attempt("gmail", lambda: workspace.gmail(address).profile())
    if reading.drive:
        yield _attempt("drive", lambda: workspace.drive(address).start_page_token())
    if reading.chat:
        yield from _check_chat(workspace, address)


def _check_chat(workspace: Workspace, address: str) -> Iterator[Check]:
    """Each scope of Chat: the list of conversations, one conversation's messages, and who is in it where it matters."""
    chat = workspace.chat(address)
    try:
        spaces = [ref.space_id for ref in chat.spaces()]
    except NotFound as error:
        yield Check("google chat spaces", False, str(error), CHAT_APP)
        return
    except GoogleError as error:
        yield _attempt("chat spaces", _raising(error))
        return
    yield Check("google chat spaces", True, "answers")
    space = spaces[0] if spaces else ""
    yield _attempt("chat messages", lambda: _try_space(space, lambda one: next(chat.heads(one, clock.now(), 1), None)))
    if has_exempt_addresses():
        yield _attempt("chat members", lambda: _try_space(space, chat.people))


def _raising(error: GoogleError) -> Callable[[], object]:
    def again() -> object:
        raise error

    return again


def _try_space(space: str, call: Callable[[str], object]) -> None:
    """Ask about a conversation, or about one that cannot be: without the scope Google gives no token for either."""
    try:
        call(space or NO_SPACE)
    except PermanentError as error:
        if space or error.status not in {403, 404}:
            raise


def _check_units(known: set[str], excluded: tuple[str, ...]) -> Iterator[Check]:
    """Does each unit of the district file exist in the Directory?"""
    named = [(f"site {unit.site.code}", unit.path, "org_units") for unit in SiteOrgUnit.objects.select_related("site")]
    named += [("reading", path, "exclude_units") for path in excluded]
    for name, path, key in named:
        if path != "/" and path not in known:
            close = difflib.get_close_matches(path, known, n=1)
            remedy = f"did you mean {close[0]}? " if close else ""
            remedy += f"Correct `{key}` in the district file and apply it"
            yield Check(name, False, f"the Directory has no unit {path}", remedy)


def _check_grades(workspace: Workspace, district: District, custom_field: str) -> Check:
    """Does anybody have the custom field? One page of users is looked at."""
    users = workspace.directory(district.delegated_admin).list_users(district.domain, custom_field)
    try:
        found = any(user.custom_value for user, _ in zip(users, range(500), strict=False))
    except GoogleError as error:
        return Check("grade field", False, str(error), "correct `grade_field` in the district file")
    remedy = "correct `grade_field`: Admin console → Directory → Users → More options → Manage custom attributes"
    return Check("grade field", found, f"{custom_field}: {'filled in' if found else 'empty for everybody'}", remedy)


def _attempt(name: str, call: Callable[[], object]) -> Check:
    try:
        call()
    except AccessLost as error:
        return Check(f"google {name}", False, str(error), error.remedy, error.reason)
    except GoogleError as error:
        remedy = "try again in some minutes; if it stays, see status.google"
        return Check(f"google {name}", False, str(error), remedy, error.reason)
    return Check(f"google {name}", True, "answers")


def _check_shared_drives() -> Iterator[Check]:
    failing = SharedDrive.objects.filter(is_active=True).exclude(error="").count()
    if failing:
        yield Check("shared drives", False, f"{failing} cannot be read", "their readers may have lost access")
    closed = SharedDrive.objects.filter(is_active=False).exclude(error="").first()
    if closed is not None:
        yield Check("shared drives of groups", False, closed.error, "until then a drive with groups alone is not read")


def check_reading() -> Iterator[Check]:
    """Are there accounts, drives or a stream that cannot be read, and is it one account, a unit or everybody?"""
    yield from _check_cursors()
    for row in ActivityStream.objects.exclude(error="").order_by("pk"):
        name, remedy = STREAMS[row.pk]
        yield Check(name, False, row.error, remedy)
    unwatched = GmailWatch.objects.exclude(error="")
    if is_on() and unwatched.exists():
        remedy = (
            "Cloud console → Pub/Sub → the topic → Permissions: gmail-api-push@system.gserviceaccount.com may publish"
        )
        words = f"{unwatched.count()} mailboxes are polled instead: {unwatched.values_list('error', flat=True)[0]}"
        yield Check("gmail watches", False, words, remedy)
    yield from _check_shared_drives()
    talks = ChatSpace.objects.exclude(error="").filter(Exists(ChatMember.objects.filter(space=OuterRef("pk")))).count()
    if talks:
        yield Check("conversations", False, f"{talks} cannot be read", "their members may have left; the row says why")
    hidden = Item.objects.filter(is_confidential=True, seen_at__gte=clock.now() - timedelta(days=30)).count()
    if hidden:
        remedy = "Admin console → Apps → Google Workspace → Gmail → User settings → Confidential mode: Disable"
        yield Check("confidential mode", False, f"{hidden} messages in 30 days whose text Google keeps back", remedy)
    month = clock.now() - timedelta(days=30)
    gone = Item.objects.filter(state=ItemState.GONE, finished_at__gte=month).count()
    if gone:
        yield Check("removed texts", True, f"{gone} in 30 days were removed before they could be read")
    left = sum(Exemption.objects.filter(is_active=True).values_list("left_out", flat=True))
    if left:
        yield Check("exemptions", True, f"{left} items left unread by rule; `worker.py roster` lists them")


def _check_cursors() -> Iterator[Check]:
    """Access lost, told apart: for one account, for a unit, for the whole domain."""
    watched = MonitoredAccount.objects.filter(awake_accounts(clock.now()), cursors__isnull=False)
    failing = Q(cursors__error__gt="") & Q(cursors__failures__gte=1)
    by_unit = list(
        watched.values_list("org_unit_path").annotate(
            known=Count("pk", distinct=True), lost=Count("pk", filter=failing, distinct=True)
        )
    )
    known, lost = sum(row[1] for row in by_unit), sum(row[2] for row in by_unit)
    if not lost:
        if known:
            yield Check("accounts", True, f"{known} are read")
        return
    why = Cursor.objects.exclude(error="").order_by("-failures").values_list("error", flat=True).first()
    if known > 1 and lost >= MANY * known:
        remedy = "something that concerns the whole domain: delegation, the key, the app's access, or the network"
        yield Check("accounts", False, f"the whole domain: {lost} of {known} cannot be read: {why}", remedy)
        return
    for path, of_unit, lost_there in sorted(by_unit):
        if lost_there and of_unit > 1 and lost_there >= MANY * of_unit:
            remedy = f"Admin console → Apps → Google Workspace → Service status for {path}: see what is off"
            yield Check("accounts", False, f"the unit {path}: none of its {of_unit} accounts can be read", remedy)
        elif lost_there:
            remedy = "each has its reason on the health page: suspended, without a licence, or its service off"
            yield Check("accounts", False, f"{lost_there} of {of_unit} accounts of {path} cannot be read", remedy)


def check_roster() -> Iterator[Check]:
    """Is anybody watched who looks like staff by a unit that is named, or nobody at all?"""
    district = District.objects.first()
    if district is None or district.roster_synced_at is None:
        return
    age = clock.now() - district.roster_synced_at
    if age > LONG_FAILING:
        yield Check("roster", False, f"last synced {age.total_seconds() / 3600:.0f} hours ago", "see the checks above")
