"""Profiles that iPhones and Macs take (admin/client_setup/apple_profile.py)."""

from __future__ import annotations

import plistlib
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given

from admin.client_setup.apple_profile import Signer, apple_profile
from proxyd.demo.certificate import Certificates, make_ca
from proxyd.domain.client_facts import ClientFacts
from tests.admin.client_setup.some_facts import BEN, FACTS, HANAKO, SALES, any_facts, names

# github.com/apple/device-management, mdm/profiles/{TopLevel,CommonPayloadKeys,
# com.apple.mail.managed,com.apple.security.root}.yaml, of 2024-10-21: key → type, and what it may
# be where the schema has a list. "!": required.
COMMON: dict[str, Any] = {
    "PayloadIdentifier!": str,
    "PayloadUUID!": str,
    "PayloadType!": str,
    "PayloadVersion!": {1},
    "PayloadDescription": str,
    "PayloadDisplayName": str,
    "PayloadOrganization": str,
}
TOP = COMMON | {
    "PayloadType!": {"Configuration"},
    "PayloadContent!": list,
    "PayloadRemovalDisallowed": bool,
    "PayloadScope": {"System", "User"},
}
PASSWORDS = {
    *("EmailAuthNone", "EmailAuthPassword", "EmailAuthCRAMMD5", "EmailAuthNTLM"),
    "EmailAuthHTTPMD5",
}
MAIL = COMMON | {
    "EmailAccountDescription": str,
    "EmailAccountName": str,
    "EmailAccountType!": {"EmailTypeIMAP", "EmailTypePOP"},
    "EmailAddress": str,
    "IncomingMailServerAuthentication!": PASSWORDS,
    "IncomingMailServerHostName!": str,
    "IncomingMailServerPortNumber": int,
    "IncomingMailServerUseSSL": bool,
    "IncomingMailServerUsername": str,
    "OutgoingPasswordSameAsIncomingPassword": bool,
    "OutgoingMailServerAuthentication!": PASSWORDS,
    "OutgoingMailServerHostName!": str,
    "OutgoingMailServerPortNumber": int,
    "OutgoingMailServerUseSSL": bool,
    "OutgoingMailServerUsername": str,
}
ROOT = COMMON | {"PayloadContent!": bytes, "PayloadCertificateFileName": str}
SCHEMAS = {"com.apple.mail.managed": MAIL, "com.apple.security.root": ROOT}


def check(payload: dict[str, Any], schema: dict[str, Any]) -> None:
    known = {key.rstrip("!"): kind for key, kind in schema.items()}
    assert payload.keys() <= known.keys()
    assert payload.keys() >= {key[:-1] for key in schema if key.endswith("!")}
    for key, value in payload.items():
        kind = known[key]
        assert value in kind if isinstance(kind, set) else type(value) is kind, (key, value)
        assert value != "", key


def read(octets: bytes) -> dict[str, Any]:
    profile: dict[str, Any] = plistlib.loads(octets)
    check(profile, TOP)
    for payload in profile["PayloadContent"]:
        check(payload, SCHEMAS[payload["PayloadType"]])
    every = [profile, *profile["PayloadContent"]]
    for key in ("PayloadUUID", "PayloadIdentifier"):
        assert len({one[key] for one in every}) == len(every), "one is not to replace another"
    return profile


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("tls"))


@given(any_facts(), names)
def test_any_facts_make_a_valid_profile(facts: ClientFacts, name: str) -> None:
    for person in (replace(HANAKO, name=name), replace(BEN, name=name)):
        assert len(read(apple_profile(facts, person))["PayloadContent"]) == len(person.mailboxes)


def test_one_mailbox() -> None:
    profile = read(apple_profile(FACTS, HANAKO))
    assert profile["PayloadDescription"].endswith("。"), "in the person's language"
    assert profile["PayloadRemovalDisallowed"] is False
    (account,) = profile["PayloadContent"]
    assert {key: value for key, value in account.items() if not key.startswith("Payload")} == {
        "EmailAccountDescription": "Aoba",
        "EmailAccountName": "Aoba",
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": "support@Example.test",
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": "mail.example.test",
        "IncomingMailServerPortNumber": 993,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": "hanako",
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": "send.example.test",
        "OutgoingMailServerPortNumber": 587,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": "hanako",
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def test_customers_see_the_organisation_and_never_the_person() -> None:
    for organisation, seen in (("Aoba", "Aoba"), ("", "support@Example.test")):
        made = apple_profile(replace(FACTS, organisation=organisation), HANAKO)
        (account,) = read(made)["PayloadContent"]
        assert account["EmailAccountName"] == seen
        assert "山田" not in str(account)


def test_each_of_several_mailboxes_is_an_account() -> None:
    profile = read(apple_profile(FACTS, BEN))
    assert profile["PayloadDescription"].startswith("Sets up the mail of Aoba")
    found = [
        (one["EmailAddress"], one["IncomingMailServerUsername"], one["EmailAccountDescription"])
        for one in profile["PayloadContent"]
    ]
    assert found == [
        ("sales@example.test", "ben*sales", "sales@example.test"),
        ("support@Example.test", "ben*support", "support@Example.test"),
    ]


def identity(profile: dict[str, Any]) -> set[tuple[str, str]]:
    every = [profile, *profile["PayloadContent"]]
    return {(one["PayloadIdentifier"], one["PayloadUUID"]) for one in every}


def test_a_newer_profile_replaces_the_older_one(certificates: Certificates) -> None:
    before = identity(read(apple_profile(FACTS, BEN)))
    pem = certificates.ca.read_text()
    facts = replace(FACTS, organisation="Midori", ca_pem=pem, imap=replace(FACTS.imap, port=143))
    promoted = replace(BEN, name="Ben B. Mori")
    assert identity(read(apple_profile(facts, promoted))) > before
    less = read(apple_profile(FACTS, replace(BEN, mailboxes=(SALES,))))
    assert identity(less) < before


def test_profiles_of_two_people_stand_side_by_side() -> None:
    mine, other = (identity(read(apple_profile(FACTS, one))) for one in (BEN, HANAKO))
    assert not mine & other


def test_a_private_authority_is_installed_first(certificates: Certificates) -> None:
    pem = certificates.ca.read_text()
    profile = read(apple_profile(replace(FACTS, ca_pem=pem), HANAKO))
    authority, account = profile["PayloadContent"]
    assert authority["PayloadDisplayName"] == "認証局"
    assert account["PayloadType"] == "com.apple.mail.managed"
    expected = x509.load_pem_x509_certificate(pem.encode())
    assert x509.load_der_x509_certificate(authority["PayloadContent"]) == expected


def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", "cms", *words], capture_output=True, check=False, timeout=60)


def test_openssl_verifies_what_is_signed(certificates: Certificates, tmp_path: Path) -> None:
    chain = certificates.certificate.read_bytes() + certificates.ca.read_bytes()
    signer = Signer.of(chain, certificates.key.read_bytes())
    file = tmp_path / "hanako.mobileconfig"
    file.write_bytes(apple_profile(FACTS, HANAKO, signer))
    trust = ("-verify", "-inform", "DER", "-purpose", "any", "-CAfile", certificates.ca, "-in")
    done = openssl(*trust, file)
    assert done.returncode == 0, done.stderr
    assert done.stdout == apple_profile(FACTS, HANAKO), "to the octet"
    assert file.read_bytes().count(signer.chain[1].public_bytes(Encoding.DER)) == 1

    broken = file.read_bytes().replace(b"EmailTypeIMAP", b"EmailTypePOP3")
    file.write_bytes(broken)
    assert openssl(*trust, file).returncode != 0


def test_keys_that_can_not_sign(certificates: Certificates, tmp_path: Path) -> None:
    chain, own = certificates.certificate.read_bytes(), certificates.key.read_bytes()
    form = (Encoding.PEM, PrivateFormat.PKCS8)
    locked = load_pem_private_key(own, None).private_bytes(*form, BestAvailableEncryption(b"x"))
    other = make_ca(tmp_path).key.read_bytes()
    modern = ed25519.Ed25519PrivateKey.generate().private_bytes(*form, NoEncryption())
    for key, why in ((locked, "passphrase"), (other, "does not belong"), (modern, "RSA and ECDSA")):
        with pytest.raises(ValueError, match=why):
            Signer.of(chain, key)
    with pytest.raises(ValueError):
        Signer.of(b"nothing", own)
