"""What is sealed opens with the right keys only, also after a rotation; the blind index stays the same."""

import stat

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from monitor.roster.models import MonitoredAccount
from monitor.sealed import keys
from monitor.sealed.keys import SealBroken, blind_index, seal, unseal
from tests.rooms.factories import make_account

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def use(settings, tmp_path):
    """A way to change the keys as a restart with other settings does; a home of its own."""

    def change(**given: str) -> None:
        for name, value in given.items():
            setattr(settings, name, value)
        keys.cipher.cache_clear()
        keys._index_key.cache_clear()

    change(HEED_HOME=tmp_path)
    yield change
    keys.cipher.cache_clear()
    keys._index_key.cache_clear()


def test_what_is_sealed_is_unreadable_and_never_twice_the_same(use):
    first, second = seal("a name"), seal("a name")
    assert first != second
    assert b"name" not in first
    assert unseal(first) == unseal(second) == "a name"


@pytest.mark.parametrize("text", ["", "ü ñ 漢字 🎈", "x" * 100_000])
def test_any_text_comes_back_as_it_was(use, text):
    assert unseal(seal(text)) == text


def test_after_a_rotation_the_old_opens_and_the_new_key_seals(use):
    use(HEED_DATA_KEYS=OLD)
    old = seal("before")
    use(HEED_DATA_KEYS=f"{NEW},{OLD}")
    assert unseal(old) == "before"
    new = seal("after")
    use(HEED_DATA_KEYS=NEW)
    assert unseal(new) == "after"
    with pytest.raises(SealBroken, match="HEED_DATA_KEYS"):
        unseal(old)


def test_a_rotation_leaves_rows_readable_and_findable(use, db):
    use(HEED_DATA_KEYS=OLD)
    address = make_account().address
    use(HEED_DATA_KEYS=f"{NEW}\n{OLD}")
    assert MonitoredAccount.objects.get(address_index=blind_index(address)).address == address
    use(HEED_DATA_KEYS=NEW)
    with pytest.raises(SealBroken):
        MonitoredAccount.objects.get()


def test_a_value_that_was_tampered_with_does_not_open(use):
    sealed = bytearray(seal("a name"))
    sealed[-5] ^= 1
    with pytest.raises(SealBroken):
        unseal(bytes(sealed))


def test_the_blind_index_is_stable_keyed_and_tells_values_apart(use):
    use(HEED_INDEX_KEY="k" * 32, HEED_DATA_KEYS=OLD)
    first = blind_index("ada@x.example")
    use(HEED_INDEX_KEY="k" * 32, HEED_DATA_KEYS=NEW)
    assert blind_index("ada@x.example") == first
    assert blind_index("bo@x.example") != first
    assert len(first) == 64
    use(HEED_INDEX_KEY="l" * 32)
    assert blind_index("ada@x.example") != first


def test_keys_are_made_once_and_readable_by_their_owner_only(use, tmp_path):
    sealed, index = seal("a name"), blind_index("a name")
    use(HEED_HOME=tmp_path)
    assert (unseal(sealed), blind_index("a name")) == ("a name", index)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"data.keys": 0o600, "index.key": 0o600}


@pytest.mark.parametrize("given", ["not a key", OLD[:-4], f"{OLD},nonsense"], ids=["word", "cut", "second"])
def test_keys_that_cannot_be_used_are_refused_in_words(use, given):
    use(HEED_DATA_KEYS=given)
    with pytest.raises(ImproperlyConfigured, match="Fernet keys") as caught:
        seal("a name")
    assert given not in str(caught.value)


@pytest.mark.parametrize("name", ["data.keys", "index.key"])
def test_an_empty_key_file_is_refused_instead_of_used(use, tmp_path, name):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / name).touch()
    with pytest.raises(ImproperlyConfigured, match="restore it from the backup"):
        blind_index("x") if name == "index.key" else seal("x")
