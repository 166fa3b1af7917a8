"""The master key: where it comes from, what is derived from it, and sealing with it.

One key of 32 octets protects the installation; each use has its own key derived from it
(HKDF-SHA256, RFC 5869), so that none of them tells about another. It must never be logged, shown,
or passed on a command line; lose it and the upstream passwords must be typed in again and the
access log can no longer be verified.

Invariants: a key file has mode 0600 and is complete on disk before anything is sealed with it;
sealed bytes open only under the same key and the same context.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.belonging import give_to_owner
from proxyd.store.schema import meta

VARIABLE = "PROXYD_MASTER_KEY"
FILE_NAME = "master.key"
KEY_BYTES = 32  # AES-256

# AES-GCM: 96-bit random nonces (NIST SP 800-38D §8.2.2 allows 2^32 of them under one key: passwords
# are a handful, mails sent a thousand a day for ten thousand years).
NONCE_BYTES = 12
FORMAT = b"\x01"

KEY_CHECK = "key-check"


@dataclass(frozen=True, slots=True)
class Keys:
    """What is derived from the master key, one key per use."""

    seal: bytes = field(repr=False)
    log: bytes = field(repr=False)  # chains the access log
    digest: bytes = field(repr=False)  # makes subject digests
    ids: bytes = field(repr=False)  # makes the ids that clients are told
    cache: bytes = field(repr=False)  # what is kept of mails
    outbox: bytes = field(repr=False)  # mails on their way out
    notes: bytes = field(repr=False)  # what colleagues write to each other
    tags: bytes = field(repr=False)  # proves who may be told of colleagues
    check: bytes = field(repr=False)  # recognises the master key; says nothing about it

    @classmethod
    def of(cls, master_key: bytes) -> Keys:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} octets")
        return cls(
            seal=_derived(master_key, b"proxyd seal 1"),
            log=_derived(master_key, b"proxyd access log 1"),
            digest=_derived(master_key, b"proxyd subject digest 1"),
            ids=_derived(master_key, b"proxyd object ids 1"),
            cache=_derived(master_key, b"proxyd cache 1"),
            outbox=_derived(master_key, b"proxyd outbox 1"),
            notes=_derived(master_key, b"proxyd notes 1"),
            tags=_derived(master_key, b"proxyd tag tokens 1"),
            check=_derived(master_key, b"proxyd key check 1"),
        )


def _derived(master_key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master_key)


class Box:
    """AES-256-GCM with the context as associated data: format, nonce, ciphertext and tag."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, octets: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, octets, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises ValueError when the key or the context is another one, or a bit changed."""
        if not isinstance(sealed, bytes) or sealed[:1] != FORMAT:  # SQLite keeps any type
            raise ValueError("sealed by a newer version, or not sealed at all")
        view = memoryview(sealed)  # a mail may be big
        nonce, text = view[1 : 1 + NONCE_BYTES], view[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, text, context.encode())
        except (InvalidTag, ValueError):
            raise ValueError("sealed under another master key, or damaged") from None


class Sealer:
    """A ``Box`` for passwords and tokens."""

    def __init__(self, keys: Keys) -> None:
        self._box = Box(keys.seal)

    def seal(self, secret: str, context: str) -> bytes:
        return self._box.seal(secret.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        """Raises ValueError when the key or the context is another one, or a bit changed."""
        return self._box.open(sealed, context).decode()


# ---------------------------------------------------------------- where the master key comes from


class NoMasterKey(StoreUnavailable):
    """What should hold the master key holds something else: cut short, empty, another file."""


def load_master_key(
    data_dir: Path,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    database: Path | None = None,
) -> bytes:
    """From the environment, else ``file``, else ``data_dir/master.key``, created on first use.

    Never made beside a ``database`` that is there: it was made under another one.
    Raises StoreUnavailable with a sentence that names the source and the remedy; NoMasterKey.
    """
    made_under = database is not None and _exists(database)
    if text := environment.get(VARIABLE):
        return decoded(text, f"the variable {VARIABLE}", made_under=made_under)
    place = file if file is not None else data_dir / FILE_NAME
    if not _exists(place):
        if database is not None and made_under:
            raise StoreUnavailable(missing_key(place, database))
        if file is None:
            create_master_key(place)
    return _read(place, made_under=made_under)


def missing_key(place: Path, database: Path) -> str:
    return (
        f"the master key {place} is missing, and {database} was made under it: put back the copy "
        f"that you kept (or set {VARIABLE}); if there is none: proxyd secrets renew"
    )


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be looked at: {error.strerror}") from error


def _read(file: Path, *, made_under: bool) -> bytes:
    try:
        if file.stat().st_mode & 0o077:
            raise StoreUnavailable(f"{file} is open to other users: chmod 600 {file}")
        text = file.read_text("ascii", errors="replace")
    except OSError as error:
        raise StoreUnavailable(f"the master key {file} cannot be read: {error.strerror}") from error
    return decoded(text, str(file), made_under=made_under)


# With a database there is one key that fits, and a new one is of no use.
MAKE_ONE = "make one with: openssl rand -base64 32"
PUT_BACK = "put back the copy that you kept; if there is none: proxyd secrets renew"


def decoded(text: str, source: str, *, made_under: bool = False) -> bytes:
    """64 hexadecimal digits or the base64 of 32 octets. Raises NoMasterKey.

    ``made_under``: there is a database, and it was made under the right one.
    """
    text = text.strip()
    with suppress(ValueError):
        if len(key := bytes.fromhex(text)) == KEY_BYTES:
            return key
    with suppress(ValueError, binascii.Error):
        if len(key := base64.b64decode(text, validate=True)) == KEY_BYTES:
            return key
    remedy = PUT_BACK if made_under else MAKE_ONE
    raise NoMasterKey(
        f"{source} is not a master key: it must be 32 random octets in base64 ({remedy})"
    )


def create_master_key(file: Path) -> None:
    """Complete and on disk under another name first: two processes may start at the same time."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            give_to_owner(stream.fileno(), file.parent)
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, file)
        draft.unlink()
        _sync_directory(file.parent)
    except OSError as error:
        raise StoreUnavailable(
            f"the master key {file} cannot be created: {error.strerror}"
        ) from error


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_keys(connection: Connection, keys: Keys) -> None:
    """Say so at once when the database belongs to another master key: nothing would work later."""
    stored = connection.scalar(select(meta.c.value).where(meta.c.key == KEY_CHECK))
    if stored is None:
        connection.execute(insert(meta).values(key=KEY_CHECK, value=keys.check.hex()))
    elif not hmac.compare_digest(stored, keys.check.hex()):
        raise StoreUnavailable(
            "the database was made under another master key: give back the master.key file"
            f" (or {VARIABLE}) it was made with; if that is lost: proxyd secrets renew"
        )


def subject_digest(key: bytes) -> Callable[[str], str]:
    """A keyed digest: equal subjects can be found again, and none can be read from it."""
    return lambda subject: hmac.digest(key, subject.encode(), hashlib.sha256).hex()[:32]
