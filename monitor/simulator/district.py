"""The two files that a Heed installation needs to watch the simulated district: its key and its declaration."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.simulator.oauth import AUDIENCE, OUTSIDE_TOKEN, key_id
from monitor.simulator.people import ADMIN, CLIENT_EMAIL, CLIENT_ID, DOMAIN, PROJECT, SCHOOLS

_DISTRICT = f"""\
[district]
name = "Cedar Valley Unified"
domain = "{DOMAIN}"
time_zone = "America/Los_Angeles"
delegated_admin = "{ADMIN}"

[google]
key_file = "service-account.json"      # relative to this file
"""


def _declared(schools: int) -> str:
    """The district file: sites with their units, two contacts each, and the district's own."""
    parts = [_DISTRICT]
    parts += [
        f'[[sites]]\ncode = "{school.code}"\nname = "{school.name}"\norg_units = ["{school.unit}"]\n'
        for school in SCHOOLS[:schools]
    ]
    roles = (("admin", "site administrator"), ("counselor", "counselor"))
    parts += [
        f'[[contacts]]\nsite = "{school.code}"\nname = "{school.name.removesuffix(" School")} {title}"\n'
        f'email = "{role}.{school.local}@{DOMAIN}"\norder = {order}\n'
        for school in SCHOOLS[:schools]
        for order, (role, title) in enumerate(roles, 1)
    ]
    parts.append(f'[[contacts]]\nname = "District safety office"\nemail = "safety@{DOMAIN}"\norder = 3\n')
    return "\n".join(parts)


def write_files(folder: Path, key: rsa.RSAPrivateKey, endpoint: str, schools: int = 2) -> tuple[Path, Path]:
    """Writes `service-account.json` (readable by its owner only), `workload-identity.json` with the outside token that
    it names, and `district.toml`; returns the paths of key and district."""
    folder.mkdir(parents=True, exist_ok=True)
    district_file = folder / "district.toml"
    district_file.write_text(_declared(schools), encoding="utf-8")
    token_file = folder / "outside-token"
    _write_secret(token_file, OUTSIDE_TOKEN + "\n")
    _write_secret(folder / "workload-identity.json", json.dumps(_keyless(token_file, endpoint), indent=2) + "\n")
    return write_key(folder, key, key_id(0), endpoint), district_file


def write_key(folder: Path, key: rsa.RSAPrivateKey, number: str, endpoint: str) -> Path:
    """Writes the service account's key file, over the one that was there; returns its path."""
    path, account = folder / "service-account.json", _account(key, number, f"{endpoint}/token")
    _write_secret(path, json.dumps(account, indent=2) + "\n")
    return path


def _write_secret(path: Path, text: str) -> None:
    # A reader must find the old file or the new one, never half of one.
    scratch = path.with_suffix(".new")
    scratch.touch(mode=0o600)
    scratch.chmod(0o600)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _keyless(token_file: Path, endpoint: str) -> dict[str, Any]:
    """Workload identity federation as `gcloud iam workload-identity-pools create-cred-config` writes it."""
    account = f"{endpoint}/v1/projects/-/serviceAccounts/{CLIENT_EMAIL}"
    return {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{endpoint}/v1/token",
        "credential_source": {"file": str(token_file.resolve())},
        "service_account_impersonation_url": f"{account}:generateAccessToken",
    }


def _account(key: rsa.RSAPrivateKey, number: str, token_uri: str) -> dict[str, str]:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": number,
        "private_key": pem.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": CLIENT_ID,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{CLIENT_EMAIL.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }
