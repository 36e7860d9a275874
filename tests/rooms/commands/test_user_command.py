"""`worker.py user`: people are changed, get other passwords, lose a phone and leave."""

import argparse

import pytest
from django.test import Client

from monitor.accounts.models import Role, User
from monitor.accounts.second_factor import begin_second_factor, confirm_second_factor
from monitor.accounts.totp import code_at, step_at
from monitor.audit.models import AuditEvent
from monitor.commands import user as command
from monitor.lib import clock
from monitor.roster.models import SiteAccess
from tests.rooms.factories import PASSWORD, make_site, make_user

BO = "bo@district.example"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.fixture
def bo(db) -> User:
    return make_user(BO, make_site("oak"), name="Bo Castell")


@pytest.fixture
def browser(bo) -> Client:
    client = Client()
    assert client.post("/sign-in/", {"email": BO, "password": PASSWORD}).status_code == 302
    return client


def test_a_new_password_is_printed_once_works_and_ends_every_session(browser, capsys):
    assert run("password", BO) == 0
    password = capsys.readouterr().out.split()[-1]
    assert browser.get("/").status_code == 302
    assert Client().post("/sign-in/", {"email": BO, "password": PASSWORD}).status_code == 422
    assert Client().post("/sign-in/", {"email": BO, "password": password}).status_code == 302
    assert AuditEvent.objects.filter(tag="account:password:set", actor="command").count() == 1


def test_another_role_and_other_schools_take_effect_at_once(bo, browser):
    make_site("elm")
    assert run("change", BO, "--role", "site_administrator", "--site", "elm") == 0
    bo.refresh_from_db()
    assert bo.role == Role.SITE_ADMINISTRATOR
    assert list(SiteAccess.objects.filter(user=bo).values_list("site__code", flat=True)) == ["elm"]
    assert browser.get("/").status_code == 302


def test_a_removed_person_is_out_keeps_their_name_and_comes_back_as_the_same(bo, browser, capsys):
    assert run("remove", BO) == 0
    assert browser.get("/").status_code == 302
    assert run("list") == 0
    assert BO not in capsys.readouterr().out.splitlines()[-1:]
    assert run("add", BO, "--name", "Bo Castell", "--role", "counselor", "--google-only") == 0
    again = User.objects.get(email=BO)
    assert (again.pk, again.is_active, again.has_usable_password()) == (bo.pk, True, False)


def test_a_lost_phone_is_forgotten_with_its_recovery_codes(bo):
    factor = begin_second_factor(bo)
    assert confirm_second_factor(bo, code_at(factor.secret, step_at(clock.now())))
    assert run("reset-factor", BO) == 0
    assert not bo.recovery_codes.exists()
    assert Client().post("/sign-in/", {"email": BO, "password": PASSWORD})["Location"] == "/"


def test_everybody_is_listed_with_role_and_schools(bo, capsys):
    make_user("lea@district.example", role=Role.SAFETY_LEAD, name="Lea Fonseca")
    assert run("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{BO}\tcounselor\toak\tBo Castell",
        "lea@district.example\tsafety_lead\tevery site\tLea Fonseca",
    ]


@pytest.mark.parametrize("words", [("remove",), ("password",), ("reset-factor",), ("change", "--role", "it")])
def test_an_address_that_nobody_has_is_refused(db, capsys, words):
    assert run(words[0], "nobody@district.example", *words[1:]) == 1
    assert "nobody signs in with nobody@district.example" in capsys.readouterr().err
