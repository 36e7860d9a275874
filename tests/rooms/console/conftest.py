"""The cast: Ada and Bo look after Pine, Cy after another school, Lea after all; Ivy keeps the machines running, Ulf
audits, and Bea sits on the board."""

from dataclasses import dataclass

import pytest
from django.test import Client

from monitor.accounts.models import Role, User
from monitor.roster.models import Site
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case
from tests.rooms.factories import make_account, make_district, make_finding, make_site, make_user


@dataclass(frozen=True)
class Cast:
    """Who is there."""

    pine: Site
    oak: Site
    ada: User  # site administrator of Pine
    bo: User  # counselor at Pine
    cy: User  # counselor at Oak: a stranger to every case of Pine
    ivy: User  # IT staff
    lea: User  # district safety lead
    ulf: User  # auditor
    bea: User  # board viewer


@pytest.fixture
def cast(db: None) -> Cast:
    make_district()
    pine, oak = make_site("pine", name="Pine School"), make_site("oak", name="Oak School")
    return Cast(
        pine=pine,
        oak=oak,
        ada=make_user("ada@district.example", pine, role=Role.SITE_ADMINISTRATOR, name="Ada Byrne"),
        bo=make_user("bo@district.example", pine, name="Bo Castell"),
        cy=make_user("cy@district.example", oak, name="Cy Drummond"),
        ivy=make_user("ivy@district.example", role=Role.IT, name="Ivy Ellison"),
        lea=make_user("lea@district.example", role=Role.SAFETY_LEAD, name="Lea Fonseca"),
        ulf=make_user("ulf@district.example", role=Role.AUDITOR, name="Ulf Grant"),
        bea=make_user("bea@district.example", role=Role.BOARD_VIEWER, name="Bea Holm"),
    )


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Pine with one finding."""
    return open_case(cast.pine)


def open_case(site: Site, **finding: object) -> Case:
    """A case about a new student of `site`."""
    account = make_account(site)
    make_finding(account, **finding)
    group_findings()
    return Case.objects.get(account=account)


def signed_in(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def address(case: Case, act: str = "") -> str:
    """The page of `case`, or where one of its acts is posted."""
    return f"/cases/{case.public_id}/{act}/" if act else f"/cases/{case.public_id}/"
