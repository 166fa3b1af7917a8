"""The accounts of one person as a configuration profile for iPhone, iPad and Mac (.mobileconfig).

Source: Apple's device-management schema (TopLevel, CommonPayloadKeys, com.apple.mail.managed,
com.apple.security.root). No password is in it: the device asks.

A newer profile replaces an older one of the same person at the same server, and keeps what the
device has stored: identifiers and UUIDs follow from the mail server's name, the login and the
mailbox's name, and from nothing else.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_DNS, UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from admin.client_setup.xml_text import xml_text
from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson

_DESCRIPTIONS: Final = {
    "en": "Sets up the mail of {name}. You type the password once for each account.",
    "ja": "{name}のメールを設定します。パスワードはアカウントごとに一度だけ入力します。",
}
_AUTHORITY: Final = {"en": "Certificate authority", "ja": "認証局"}

_Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who vouches for a profile: the certificate (with those between it and its root), its key."""

    chain: tuple[x509.Certificate, ...]
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, chain_pem: bytes, key_pem: bytes) -> Signer:
        """``chain_pem``: the signer's own certificate first. Raises ValueError."""
        try:
            chain = x509.load_pem_x509_certificates(chain_pem)
        except ValueError:
            raise ValueError("there is no certificate in the first file") from None
        try:
            key = serialization.load_pem_private_key(key_pem, None)
        except ValueError:
            raise ValueError("there is no key in the second file") from None
        except TypeError:
            raise ValueError("the key has a passphrase; write it without one") from None
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("Apple takes profiles signed by RSA and ECDSA only; use such a key")
        if key.public_key() != chain[0].public_key():
            raise ValueError("the key does not belong to the first certificate")
        return cls(tuple(chain), key)

    def signed(self, data: bytes) -> bytes:
        """CMS (RFC 5652) in DER, with the data in it."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        builder = builder.add_signer(self.chain[0], self.key, hashes.SHA256())
        for between in self.chain[1:]:
            builder = builder.add_certificate(between)
        options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
        return builder.sign(serialization.Encoding.DER, options)


def apple_profile(facts: ClientFacts, person: ClientPerson, signer: Signer | None = None) -> bytes:
    """Without ``signer`` the device says "not signed", and installs it all the same. Raises
    ValueError where facts.ca_pem holds no certificate.
    """
    language = "ja" if person.language == "ja" else "en"
    title = xml_text(facts.organisation) or person.mailboxes[0].address
    profile = {
        **_common(facts, person, "Configuration", ""),
        "PayloadDisplayName": title,
        "PayloadDescription": _DESCRIPTIONS[language].format(name=title),
        "PayloadRemovalDisallowed": False,
        "PayloadScope": "User",
        "PayloadContent": [
            *_authorities(facts, person, language),
            *(_account(facts, person, mailbox) for mailbox in person.mailboxes),
        ],
    }
    if facts.organisation:
        profile["PayloadOrganization"] = title
    written = plistlib.dumps(profile)
    return signer.signed(written) if signer else written


def _account(facts: ClientFacts, person: ClientPerson, mailbox: ClientMailbox) -> _Payload:
    # One account for each mailbox, so that each has its own From; who has one needs no suffix.
    alone = len(person.mailboxes) == 1
    name = person.login if alone else f"{person.login}*{mailbox.name}"
    title = (xml_text(facts.organisation) if alone else "") or mailbox.address
    return {
        **_common(facts, person, "com.apple.mail.managed", f"mailbox/{mailbox.name}"),
        "PayloadDisplayName": title,
        "EmailAccountDescription": title,
        "EmailAccountName": xml_text(facts.sender_name(mailbox)) or mailbox.address,
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": mailbox.address,
        # "UseSSL" means STARTTLS on a port where there is no TLS from the first octet.
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": facts.imap.host,
        "IncomingMailServerPortNumber": facts.imap.port,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": name,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": facts.smtp.host,
        "OutgoingMailServerPortNumber": facts.smtp.port,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": name,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def _authorities(facts: ClientFacts, person: ClientPerson, language: str) -> Iterator[_Payload]:
    """First, so that the accounts' certificates are trusted when they are tried."""
    if not facts.ca_pem:
        return
    for certificate in x509.load_pem_x509_certificates(facts.ca_pem.encode("ascii")):
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        yield {
            **_common(facts, person, "com.apple.security.root", f"authority/{fingerprint}"),
            "PayloadDisplayName": _AUTHORITY[language],
            "PayloadContent": certificate.public_bytes(serialization.Encoding.DER),
        }


def _common(facts: ClientFacts, person: ClientPerson, kind: str, part: str) -> _Payload:
    """What every payload has. ``part``: which one it is within the profile, "" for the whole."""
    uuid = _uuid(facts, person, part)
    server = ".".join(reversed(facts.imap.host.lower().split(".")))
    whole = f"{server}.proxyd.{person.login}"
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{whole}.{uuid}" if part else whole,
        "PayloadUUID": str(uuid).upper(),
    }


def _uuid(facts: ClientFacts, person: ClientPerson, part: str) -> UUID:
    return uuid5(uuid5(NAMESPACE_DNS, facts.imap.host.lower()), f"{person.login}/{part}")
