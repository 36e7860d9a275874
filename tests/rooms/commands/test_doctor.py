"""The doctor finds what is wrong and says what to do; a healthy installation is well."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from monitor.alerts.models import Contact
from monitor.audit.models import AuditEvent
from monitor.commands import doctor
from monitor.commands.doctor import Check, _guarded
from monitor.extract import tesseract
from monitor.intake.models import UnitUsage
from monitor.roster.models import District, MonitoredAccount, Site
from monitor.sealed import keys
from monitor.simulator.handle import start_in_process
from monitor.triage.grouping import group_findings
from tests.fakes.smtp import smtp_server
from tests.rooms.commands.by_hand import Home
from tests.rooms.factories import make_finding

CHECKS = [
    doctor.check_keys,
    doctor.check_policy,
    doctor.check_district,
    doctor.check_google,
    doctor.check_reading,
    doctor.check_roster,
    doctor.check_quota,
    doctor.check_clock,
    doctor.check_sites,
    doctor.check_alerts,
    doctor.check_mail,
    doctor.check_broker,
    doctor.check_audit,
]  # fmt: skip - all but the classifier's, which takes seconds, and the pictures', which depends on the machine


def bad() -> dict[str, Check]:
    """The checks that are not good; each must say what to do."""
    found = {check.name: check for make in CHECKS for check in _guarded(make) if not check.is_good}
    assert all(check.remedy for check in found.values())
    return found


@pytest.fixture
def well(watched, mailbox):
    """A district in which nothing is wrong."""
    assert bad() == {}
    return watched


def district(**changes: str) -> None:
    District.objects.update(**changes)


def test_its_calls_are_on_the_bill(well):
    before = UnitUsage.objects.get(method="gmail.users.getProfile").calls
    list(doctor.check_google())
    assert UnitUsage.objects.get(method="gmail.users.getProfile").calls == before + 1


@pytest.mark.parametrize(("api", "scope"), [("gmail", "gmail.readonly"), ("drive", "drive.readonly")])
def test_a_scope_that_was_revoked(well, api, scope):
    well.control.do("revoke", scope=f"https://www.googleapis.com/auth/{scope}")
    found = bad()
    assert set(found) == {f"google {api}"} | ({"google shared drives"} if api == "drive" else set())
    assert scope in found[f"google {api}"].remedy
    assert "domain-wide delegation" in found[f"google {api}"].remedy


@pytest.mark.parametrize(
    ("admin", "words"),
    [
        ("nobody@cedarvalley.example", "Google knows no account nobody@cedarvalley.example"),
        ("teacher.english@cedarvalley.example", "give it a role"),
        ("admin@elsewhere.example", "domain-wide delegation"),
    ],
)
def test_a_wrong_delegated_admin(well, admin, words):
    district(delegated_admin=admin)
    found = bad()
    asked = {"google directory users", "google directory units", "google activity", "google shared drives"}
    assert set(found) == asked
    assert words in found["google directory users"].remedy


def test_an_api_that_is_switched_off(well):
    refusal = {"kind": "status", "status": 403, "reason": "accessNotConfigured", "match": "drive"}
    well.control.do("faults", rules=[refusal])
    assert "Enable the Google Drive API" in bad()["google drive"].remedy


def test_a_missing_key_file(well, tmp_path):
    district(key_file=str(tmp_path / "none.json"))
    check = bad()["google key"]
    assert "no such file" in check.finding
    assert str(tmp_path / "none.json") in check.remedy


@pytest.mark.parametrize("content", ["", "{}", '{"type": "service_account"}', "cut off"])
def test_a_broken_key_file(well, tmp_path, content):
    path = tmp_path / "key.json"
    path.write_text(content)
    district(key_file=str(path))
    assert "create a new JSON key" in bad()["google key"].finding


def test_a_key_file_that_others_can_read(well):
    Path(well.spec.key_file).chmod(0o644)
    assert bad()["google key"].remedy == f"chmod 600 {well.spec.key_file}"


def test_a_site_with_nobody_to_tell(well):
    Contact.objects.filter(site=None).update(is_active=False)
    Contact.objects.filter(site__code="oak-high").update(is_active=False)
    found = bad()
    assert set(found) == {"site oak-high"}
    assert '[[contacts]] with site = "oak-high"' in found["site oak-high"].remedy


def test_a_case_with_nobody_to_tell(well):
    make_finding(well.account(0))
    group_findings()
    Contact.objects.update(is_active=False)
    assert bad()["cases"].finding == "1 with nobody to tell"


def test_units_that_match_nobody(well):
    MonitoredAccount.objects.filter(site__code="maple-middle").update(site=Site.objects.get(code="oak-high"))
    check = bad()["site maple-middle"]
    assert check.finding == "no account is in its units"
    assert "org_units" in check.remedy


def test_a_mail_server_that_is_down(well, settings):
    settings.EMAIL_PORT = 1
    check = bad()["mail"]
    assert "127.0.0.1:1" in check.finding
    assert "HEED_SMTP_HOST" in check.remedy


def test_a_broker_that_is_down(well, settings):
    settings.HEED_BROKER_URL = "redis://127.0.0.1:1/0"
    assert "HEED_BROKER_URL" in bad()["broker"].remedy


def test_an_audit_event_that_was_altered(well):
    AuditEvent.objects.filter(pk=AuditEvent.objects.first().pk).update(actor="nobody")
    assert "compare with the last backup" in bad()["audit"].remedy


def test_a_policy_that_is_broken(well, settings, tmp_path):
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    settings.HEED_POLICY_FILE.write_text('version = "x"\n')
    assert str(settings.HEED_POLICY_FILE) in bad()["policy"].remedy


def test_keys_that_others_can_read(well, settings, tmp_path):
    settings.HEED_HOME = tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "data.keys").touch(0o644)
    (tmp_path / "keys" / "data.keys").chmod(0o640)
    assert bad()["keys"].remedy == f"chmod 600 {tmp_path / 'keys' / 'data.keys'}"


@pytest.mark.parametrize("given", [Fernet.generate_key().decode(), "no key at all"], ids=["another", "broken"])
def test_a_data_key_that_does_not_open_what_was_sealed(well, settings, given):
    settings.HEED_DATA_KEYS = given
    keys.cipher.cache_clear()
    try:
        found = bad()
    finally:
        keys.cipher.cache_clear()
    assert "restore HEED_HOME/keys" in found["keys"].remedy
    assert {"keys", "google"} <= set(found)
    assert "audit" not in found


def test_an_endpoint_that_is_no_address(well, settings):
    settings.HEED_GOOGLE_ENDPOINT = "nonsense"
    assert "must look like http" in bad()["google"].finding


def test_no_district_yet(db, mailbox):
    assert "district.example.toml" in bad()["district"].remedy


def test_by_hand_a_new_installation_becomes_well_and_a_spoilt_one_says_so(tmp_path):
    with ExitStack() as stack:
        simulation = stack.enter_context(start_in_process(students=3, seed=4))
        mails = stack.enter_context(smtp_server())
        home = Home(tmp_path, HEED_GOOGLE_ENDPOINT=simulation.endpoint, HEED_SMTP_PORT=str(mails.port))
        assert home.run("config", "apply", simulation.district_file).returncode == 0
        good = home.run("doctor")
        assert (good.returncode, good.stderr) == (0, "")
        assert "FAIL" not in good.stdout
        assert good.stdout.endswith("All is well.\n")
        (tmp_path / "keys" / "data.keys").chmod(0o644)
        simulation.key_file.unlink()
        spoilt = home.run("doctor", HEED_SMTP_PORT="1", HEED_POLICY_FILE="/nowhere/policy.toml")
        assert spoilt.returncode == 1
        lines = spoilt.stdout.splitlines()
        fails = [number for number, line in enumerate(lines) if line.startswith("FAIL")]
        assert [lines[number].split(":")[0].split("  ")[1] for number in fails] == [
            "keys",
            "policy",
            "google key",
            "alerts",
            "mail",
        ]
        assert all(lines[number + 1].startswith("      → ") for number in fails)
        assert lines[-1] == "5 to mend."


def pictures():
    [check] = doctor.check_pictures()
    return check


def test_whether_words_in_pictures_are_read(settings, monkeypatch):
    settings.HEED_PICTURES, settings.HEED_PICTURES_LANGUAGES = True, "eng+spa"
    monkeypatch.setattr(doctor, "find_program", lambda: None)
    monkeypatch.setattr(tesseract, "installed_languages", lambda: ())
    assert pictures().is_good
    assert "apt-get install tesseract-ocr" in pictures().finding
    for room in (doctor, tesseract):
        monkeypatch.setattr(room, "installed_languages", lambda: ("eng",))
    monkeypatch.setattr(doctor, "find_program", lambda: "/usr/bin/tesseract")
    assert (pictures().is_good, pictures().finding) == (True, "words in them are read by Tesseract: eng; it lacks spa")
    settings.HEED_PICTURES_LANGUAGES = "xxx"
    assert not pictures().is_good
    assert "HEED_PICTURES_LANGUAGES" in pictures().remedy
    settings.HEED_PICTURES_LANGUAGES = "eng"
    assert (pictures().is_good, pictures().finding) == (True, "words in them are read by Tesseract: eng")
    settings.HEED_PICTURES = False
    assert "switched off" in pictures().finding
