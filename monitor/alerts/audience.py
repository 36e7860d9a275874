"""Who may be told of a case at all: its school's contacts and the district's, or the district's alone.

A case about a member of staff is kept from its school: its contacts are not told, nor is the district's own contact who
is that very person.
"""

from dataclasses import dataclass

from monitor.alerts.ladder import Rung, ladder_of, last_responders
from monitor.alerts.models import Contact
from monitor.alerts.subjects import Subject
from monitor.triage.staff import matter_of


@dataclass(frozen=True, slots=True)
class Audience:
    """Those who may be told of one subject. `is_kept`: the district's own alone, `but_for` the person it is about."""

    subject: Subject
    is_kept: bool = False
    but_for: str = ""  # an address

    def admits(self, contact: Contact) -> bool:
        """Whether `contact` may be told."""
        if not self.is_kept:
            return True
        return contact.site_id is None and contact.email.lower() != self.but_for

    def ladder(self) -> list[Rung]:
        """The rungs of those who may be told, the first one first."""
        rungs = ladder_of(self.subject.site)
        return [admitted for admitted in ([one for one in rung if self.admits(one)] for rung in rungs) if admitted]

    def last_responders(self) -> list[Contact]:
        """Those of them who are told when everybody else stayed silent."""
        return [contact for contact in last_responders() if self.admits(contact)]


def audience_of(subject: Subject) -> Audience:
    """Who may be told of `subject`, as things stand."""
    matter = matter_of(subject.case) if subject.case is not None else None
    if matter is None:
        return Audience(subject)
    return Audience(subject, is_kept=True, but_for=matter.person.email.lower() if matter.person else "")
