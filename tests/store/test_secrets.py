"""Promise 8: secrets are sealed, private, and not shown (store/secrets.py)."""

from __future__ import annotations

import base64
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.secrets import FILE_NAME, VARIABLE, Keys, Sealer, load_master_key

KEY = bytes(range(32))


@given(st.text(max_size=200), st.text(max_size=50))
def test_what_is_sealed_opens(secret, context):
    sealer = Sealer(Keys.of(KEY))
    sealed = sealer.seal(secret, context)
    assert sealer.open(sealed, context) == secret
    if len(secret) > 3:
        assert secret.encode() not in sealed


def test_sealing_twice_looks_different():
    sealer = Sealer(Keys.of(KEY))
    assert sealer.seal("geheim", "a") != sealer.seal("geheim", "a")


def test_another_context_key_version_or_bit_does_not_open():
    sealer = Sealer(Keys.of(KEY))
    sealed = sealer.seal("geheim", "mailbox 1")
    with pytest.raises(ValueError, match="another master key"):
        sealer.open(sealed, "mailbox 2")
    with pytest.raises(ValueError, match="another master key"):
        Sealer(Keys.of(bytes(32))).open(sealed, "mailbox 1")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ValueError):
            sealer.open(bytes(changed), "mailbox 1")
    for length in range(len(sealed)):
        with pytest.raises(ValueError):
            sealer.open(sealed[:length], "mailbox 1")


def test_each_use_has_its_own_key_and_none_is_shown():
    keys = Keys.of(KEY)
    all_keys = {KEY, keys.seal, keys.log, keys.digest, keys.check}
    assert len(all_keys) == 5
    for key in all_keys:
        assert key.hex() not in repr(keys) and repr(key) not in repr(keys)
    with pytest.raises(ValueError):
        Keys.of(b"short")


# ---------------------------------------------------------------- where the key comes from


def test_created_on_first_use_private_and_kept(tmp_path):
    folder = tmp_path / "data"
    key = load_master_key(folder, environment={})
    assert len(key) == 32
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == [FILE_NAME]
    assert load_master_key(folder, environment={}) == key


def test_two_processes_create_one_key(tmp_path):
    found = []
    barrier = threading.Barrier(8)

    def load():
        barrier.wait()
        found.append(load_master_key(tmp_path, environment={}))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


@pytest.mark.parametrize(
    "text", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), f" {KEY.hex()}\n"]
)
def test_from_the_environment_or_a_named_file(tmp_path, text):
    assert load_master_key(tmp_path, environment={VARIABLE: text}) == KEY
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o400)
    assert load_master_key(tmp_path, file=file, environment={}) == KEY
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("text", ["geheim", KEY.hex()[:-2], base64.b64encode(KEY[:31]).decode()])
def test_a_bad_key_is_refused_and_not_repeated(tmp_path, text):
    with pytest.raises(StoreUnavailable, match=VARIABLE) as caught:
        load_master_key(tmp_path, environment={VARIABLE: text})
    assert text not in str(caught.value)
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(StoreUnavailable, match="openssl rand") as caught:
        load_master_key(tmp_path, file=file, environment={})
    assert str(file) in str(caught.value) and text not in str(caught.value)


def test_a_file_that_others_can_read_or_that_is_not_there(tmp_path):
    file = tmp_path / "key"
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        load_master_key(tmp_path, file=file, environment={})
    file.write_text(KEY.hex())
    file.chmod(0o640)
    with pytest.raises(StoreUnavailable, match="chmod 600"):
        load_master_key(tmp_path, file=file, environment={})


def test_a_place_where_nothing_can_be_created(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be created"):
        load_master_key(tmp_path / "file" / "data", environment={})


async def test_nothing_of_a_secret_is_in_the_database_files(database, sealer, hasher):
    from proxyd.domain.types import SeenMode, Server, SharedMailbox

    upstream, own = "up-stream-password-1", "own-password-2"
    server = Server("mail.example.test", 993, "tls", "support@example.test")
    mailbox = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, server, server
    )
    await database.write(lambda tx: tx.mailboxes.add(mailbox, sealer.seal(upstream, "m")))
    await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", hasher.hash(own)))
    for file in database.file.parent.iterdir():
        content = file.read_bytes()
        for secret in (upstream, own):
            assert secret.encode() not in content, file
            assert secret.encode("utf-16-le") not in content, file
