"""School hours, imported calendars and the notice for families, as a district file gives them."""

from pathlib import Path

from config.district_reader import Reader
from monitor.domain.calendar import WEEKDAYS, DayHours
from monitor.domain.district import FeedSpec, HoursSpec, NoticeSpec, SiteSpec

NOTICE_CHARACTERS = 2000
LINES = 10


def read_hours(reader: Reader, sites: dict[str, SiteSpec]) -> list[HoursSpec]:
    """When school is in session. An entry without `sites` is the default for sites without hours of their own."""
    found = []
    for number, entry in enumerate(reader.entries("hours")):
        where = ("hours", number)
        days = reader.days(where, entry, "days") if "days" in entry else list(range(5))
        opens, closes = reader.clock_time(where, entry, "opens"), reader.clock_time(where, entry, "closes")
        if opens is None or closes is None:
            continue
        if closes <= opens:
            reader.problem(where, "closes", "school closes before it opens", "Write the later time at `closes`")
            continue
        codes: list[str | None] = [None]
        if "sites" in entry:
            codes = list(reader.sites(where, entry, sites))
        found += [HoursSpec(code, DayHours(day, opens, closes)) for code in codes for day in days]
        if not days:
            reader.problem(where, "days", "`days` is empty", f"List some of {', '.join(WEEKDAYS)}")
    return found


def read_feeds(reader: Reader, sites: dict[str, SiteSpec]) -> list[FeedSpec]:
    """The calendars from which breaks are imported."""
    found: list[FeedSpec] = []
    for number, entry in enumerate(reader.entries("calendars")):
        where = ("calendars", number)
        name = reader.text(where, entry, "name")
        if name in {feed.name for feed in found}:
            reader.problem(where, "name", f"the calendar `{name}` is there twice", "Give each a name of its own")
        if ("url" in entry) == ("file" in entry):
            remedy = 'Write url = "https://…/calendar.ics", or file = "calendar.ics"'
            reader.problem(where, "name", f"the calendar `{name}` needs one of `url` and `file`", remedy)
            continue
        location = _url(reader, number) if "url" in entry else _path(reader, number)
        codes = tuple(reader.sites(where, entry, sites)) if "sites" in entry else ()
        found.append(FeedSpec(name, location, codes, reader.phrases(where, entry, "phrases")))
    return found


def _url(reader: Reader, number: int) -> str:
    where, entry = ("calendars", number), reader.entries("calendars")[number]
    try:
        url = reader.secret_text(str(entry["url"]))
    except (OSError, UnicodeDecodeError) as error:
        reader.problem(where, "url", f"the file that `url` names cannot be read: {error}", "Correct its path")
        return ""
    if url.startswith("webcal://"):
        url = f"https://{url.removeprefix('webcal://')}"
    if not url.startswith(("https://", "http://", "sealed:")):
        reader.problem(where, "url", "`url` is not an address", "Begin it with https:// or webcal://")
    return url


def _path(reader: Reader, number: int) -> str:
    entry = reader.entries("calendars")[number]
    return str((reader.folder / Path(reader.text(("calendars", number), entry, "file")).expanduser()).resolve())


def read_notice(reader: Reader) -> NoticeSpec:
    """What families and students are told in a break; the shipped words where the file says nothing."""
    if "notice" not in reader.document:
        return NoticeSpec()
    where, entry = ("notice", 0), reader.table("notice")
    text = entry.get("text", "")
    if not isinstance(text, str) or len(text) > NOTICE_CHARACTERS:
        reader.problem(where, "text", f"`text` must be a text of at most {NOTICE_CHARACTERS} characters", "Shorten it")
        text = ""
    lines = entry.get("lines", [])
    if not isinstance(lines, list) or len(lines) > LINES or not all(_is_line(line) for line in lines):
        remedy = 'Write lines = [["Emergency", "911"], ["988 Lifeline", "988"]]'
        reader.problem(where, "lines", f"`lines` must be at most {LINES} pairs of name and number", remedy)
        lines = []
    return NoticeSpec(text.strip(), tuple((line[0], line[1]) for line in lines))


def _is_line(line: object) -> bool:
    return isinstance(line, list) and len(line) == 2 and all(isinstance(part, str) and part.strip() for part in line)
