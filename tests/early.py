"""Loaded before Django's settings: the tests get a home of their own, so that no run touches an installation."""

import atexit
import os
import shutil
import tempfile

PICTURES = {"HEED_SCREENSHOTS", "HEED_DOC_PICTURES"}  # where the browser's tests leave them
for name in [name for name in os.environ if name.startswith("HEED_") and name not in PICTURES]:
    if name not in {"HEED_DATABASE_URL", "HEED_HOME"}:
        del os.environ[name]
if "HEED_HOME" not in os.environ:
    os.environ["HEED_HOME"] = tempfile.mkdtemp(prefix="heed-tests-")
    atexit.register(shutil.rmtree, os.environ["HEED_HOME"], ignore_errors=True)
os.environ["HEED_LOG_LEVEL"] = "WARNING"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as worker.py does
