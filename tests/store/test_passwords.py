"""argon2id with bounded, equal work for every answer (store/passwords.py)."""

from __future__ import annotations

import unicodedata

import pytest
from passlib.hash import argon2

from proxyd.store import passwords
from proxyd.store.passwords import PASSWORD_LIMIT, PasswordHasher


def test_right_and_wrong(hasher):
    stored = hasher.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$")
    assert "correct" not in stored
    assert hasher.verify("correct horse", stored)
    assert not hasher.verify("correct horsf", stored)
    assert not hasher.verify("", stored)
    assert hasher.hash("correct horse") != stored


def test_default_parameters_are_owasp_s():
    assert PasswordHasher().hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_hashes_carry_their_parameters(hasher):
    old = PasswordHasher(memory_kib=16, passes=2).hash("geheim12")
    assert hasher.verify("geheim12", old)


def test_the_same_password_however_it_is_composed(hasher):
    stored = hasher.hash(unicodedata.normalize("NFC", "pässwörd が"))
    assert hasher.verify(unicodedata.normalize("NFD", "pässwörd が"), stored)
    assert hasher.verify("pässwörd\u3000が", stored)  # the space of a Japanese keyboard
    assert not hasher.verify("password が", stored)


def test_nobody_is_verified_with_the_parameters_of_everybody(hasher):
    """A hash that passlib could not read would be refused at once, and an attacker would see it."""
    ours, nobody = (argon2.parsehash(one) for one in (hasher.hash("x"), hasher._nobody))
    assert {**ours, "salt": b"", "checksum": b""} == {**nobody, "salt": b"", "checksum": b""}
    assert [len(ours[one]) for one in ("salt", "checksum")] == [
        len(nobody[one]) for one in ("salt", "checksum")
    ]


NONE = ["x" * (PASSWORD_LIMIT + 1), "\ud800", "a\0b"]


@pytest.mark.parametrize("password", NONE)
def test_what_can_be_no_password_is_wrong_and_no_error(hasher, password):
    assert not hasher.verify(password, hasher.hash("geheim12"))
    hasher.verify_nobody(password)


@pytest.mark.parametrize("password", NONE[:2])
def test_what_can_be_no_password_cannot_be_set(hasher, password):
    with pytest.raises(ValueError):
        hasher.hash(password)


@pytest.mark.parametrize("broken", ["", "geheim12", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$x"])
def test_a_hash_that_is_none_is_wrong_and_no_error(hasher, broken):
    assert not hasher.verify("geheim12", broken)


@pytest.mark.parametrize(
    "call",
    [
        lambda hasher, stored: hasher.verify("right", stored),
        lambda hasher, stored: hasher.verify("wrong", stored),
        lambda hasher, stored: hasher.verify("\ud800", stored),
        lambda hasher, stored: hasher.verify("wrong", "no hash"),
        lambda hasher, stored: hasher.verify_nobody("wrong"),
        lambda hasher, stored: hasher.verify_nobody("\ud800"),
    ],
)
def test_every_answer_is_the_work_of_one_hash(hasher, monkeypatch, call):
    """Counted, not timed: the machine may be busy."""
    stored = hasher.hash("right")
    done = []
    work = hasher._argon2

    class Counting:
        def verify(self, password, password_hash):
            result = work.verify(password, password_hash)
            done.append(password_hash)
            return result

    monkeypatch.setattr(hasher, "_argon2", Counting())
    call(hasher, stored)
    assert len(done) == 1
    assert passwords.PASSES >= 1
