"""The two files that a Heed installation needs to watch the simulated district: its key and its declaration."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.simulator.people import ADMIN, DOMAIN

CLIENT_EMAIL = "heed@cedar-valley-sim.iam.gserviceaccount.com"
CLIENT_ID = "104857600000000000042"
KEY_ID = "5e1f0c0ffee0000000000000000000000000d15c"
_DISTRICT = f"""\
[district]
name = "Cedar Valley Unified"
domain = "{DOMAIN}"
time_zone = "America/Los_Angeles"
delegated_admin = "{ADMIN}"

[google]
key_file = "service-account.json"      # relative to this file

[[sites]]
code = "oak-high"
name = "Oak High School"
org_units = ["/Students/Oak High"]

[[sites]]
code = "maple-middle"
name = "Maple Middle School"
org_units = ["/Students/Maple Middle"]

[[contacts]]
site = "oak-high"
name = "Oak High site administrator"
email = "admin.oak@{DOMAIN}"
order = 1

[[contacts]]
site = "oak-high"
name = "Oak High counselor"
email = "counselor.oak@{DOMAIN}"
order = 2

[[contacts]]
site = "maple-middle"
name = "Maple Middle site administrator"
email = "admin.maple@{DOMAIN}"
order = 1

[[contacts]]
site = "maple-middle"
name = "Maple Middle counselor"
email = "counselor.maple@{DOMAIN}"
order = 2

[[contacts]]
name = "District safety office"
email = "safety@{DOMAIN}"
order = 3
"""


def write_files(folder: Path, key: rsa.RSAPrivateKey, token_uri: str) -> tuple[Path, Path]:
    """Writes `service-account.json` (readable by its owner only) and `district.toml`; returns both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    key_file, district_file = folder / "service-account.json", folder / "district.toml"
    key_file.touch(mode=0o600)
    key_file.chmod(0o600)
    key_file.write_text(json.dumps(_account(key, token_uri), indent=2) + "\n", encoding="utf-8")
    district_file.write_text(_DISTRICT, encoding="utf-8")
    return key_file, district_file


def _account(key: rsa.RSAPrivateKey, token_uri: str) -> dict[str, str]:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "cedar-valley-sim",
        "private_key_id": KEY_ID,
        "private_key": pem.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": CLIENT_ID,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{CLIENT_EMAIL.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }
