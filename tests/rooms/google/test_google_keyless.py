"""No private key on disk: workload identity, IAM's signJwt, then the account's own token; no restart to rotate."""

import json
from pathlib import Path

import pytest

from monitor.domain.source import Source
from monitor.google.credentials import KeyFileError, load_key
from monitor.google.errors import AccessLost
from monitor.google.meter import NullMeter, UnitPrices
from monitor.google.workspace import Workspace
from monitor.intake.poll import PollState, poll_account
from monitor.roster.models import District

PRICES = UnitPrices({"gmail.users.getProfile": 1})


@pytest.fixture
def keyless(watched):
    return watched.simulation.key_file.with_name("workload-identity.json")


def test_a_mailbox_is_read_without_any_key(watched, keyless):
    assert "private_key" not in keyless.read_text()
    with Workspace(keyless, endpoint=watched.simulation.endpoint, prices=PRICES, meter=NullMeter()) as workspace:
        assert workspace.key.is_keyless
        for address in watched.addresses[:2]:
            assert workspace.gmail(address).profile().address == address
    signatures = [call for call in watched.control.calls() if "signJwt" in call["path"]]
    assert len(signatures) == 2


def test_the_whole_intake_goes_by_it_and_changes_over_without_a_restart(watched, keyless):
    account = watched.account(0)
    assert poll_account(account, Source.GMAIL).state is PollState.READ
    District.objects.update(key_file=str(keyless))
    assert poll_account(account, Source.GMAIL).state is PollState.READ
    watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "At three.")
    assert poll_account(account, Source.GMAIL).items == 1


def test_a_proof_that_is_not_taken_loses_access_with_a_remedy(watched, keyless):
    source = json.loads(keyless.read_text())["credential_source"]["file"]
    Path(source).write_text("wrong")
    with (
        Workspace(keyless, endpoint=watched.simulation.endpoint, prices=PRICES, meter=NullMeter()) as workspace,
        pytest.raises(AccessLost, match="proof_refused"),
    ):
        workspace.gmail(watched.addresses[0]).profile()


@pytest.mark.parametrize("change", [{"service_account_impersonation_url": None}, {"credential_source": {}}])
def test_a_credential_file_that_cannot_serve_says_why(watched, keyless, tmp_path, change):
    broken = tmp_path / "credential.json"
    broken.write_text(json.dumps(json.loads(keyless.read_text()) | change))
    with pytest.raises(KeyFileError, match="create-cred-config"):
        load_key(broken)
