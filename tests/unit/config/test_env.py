"""Settings from the environment: read as what they are, or refused by name."""

from pathlib import Path

import pytest

from config import env

NAME = "HEED_TEST_SETTING"


@pytest.mark.parametrize(("value", "expected"), [("", 5), ("  ", 5), ("7", 7), (" 8 ", 8)])
def test_a_number_is_read_or_its_default_taken(monkeypatch, value, expected):
    monkeypatch.setenv(NAME, value)
    assert env.number(NAME, 5) == expected


@pytest.mark.parametrize(("value", "expected"), [("", True), ("Yes", True), ("1", True), ("off", False), ("0", False)])
def test_a_flag_is_read_or_its_default_taken(monkeypatch, value, expected):
    monkeypatch.setenv(NAME, value)
    assert env.flag(NAME, default=True) is expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.number(NAME, 1), "many"),
        (lambda: env.flag(NAME), "perhaps"),
        (lambda: env.database(NAME, Path("x")), "mysql://somewhere/heed"),
        (lambda: env.database(NAME, Path("x")), "postgresql://somewhere:port/heed"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(monkeypatch, read, value):
    monkeypatch.setenv(NAME, value)
    with pytest.raises(env.SettingError, match=NAME):
        read()


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv(NAME, "from the environment")
    assert env.secret(NAME) == "from the environment"
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.secret(NAME) == "from the file"
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "none"))
    with pytest.raises(env.SettingError, match=f"{NAME}_FILE"):
        env.secret(NAME)


def test_a_kept_secret_is_made_once(monkeypatch, tmp_path):
    monkeypatch.delenv(NAME, raising=False)
    first = env.kept_secret(NAME, tmp_path / "keys" / "a.key")
    assert len(first) >= 43
    assert env.kept_secret(NAME, tmp_path / "keys" / "a.key") == first


def test_a_database_url_is_taken_apart_with_its_options(monkeypatch):
    monkeypatch.setenv(NAME, "postgresql://he%40ed:p%2Fw@db.example:5433/heed%20one?sslmode=require")
    found = env.database(NAME, Path("x"))
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "heed one")
    assert (found["USER"], found["PASSWORD"], found["OPTIONS"]) == ("he@ed", "p/w", {"sslmode": "require"})


def test_a_wrong_database_url_is_not_repeated_for_it_may_hold_a_password(monkeypatch):
    monkeypatch.setenv(NAME, "heed:hunter2@db.example/heed")
    with pytest.raises(env.SettingError) as caught:
        env.database(NAME, Path("x"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("value", "expected"), [("", "en"), ("es", "es"), (" en ", "en")])
def test_a_choice_is_one_of_the_allowed_and_its_first_by_default(monkeypatch, value, expected):
    monkeypatch.setenv("HEED_TEST", value)
    assert env.choice("HEED_TEST", "en", ["en", "es"]) == expected


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv("HEED_TEST", "fr")
    with pytest.raises(env.SettingError, match="HEED_TEST must be one of en, es, not 'fr'"):
        env.choice("HEED_TEST", "en", ["en", "es"])
