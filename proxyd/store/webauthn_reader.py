"""WebAuthn over py_webauthn (ports.passkeys.PasskeyReader).

Whatever strangers put into an answer, nothing but PasskeyRefused comes out of here. The library
decides; what is looked at before it gives the refusal its word in the log, from the same readers.

Attestation is not asked for: which maker's device it is decides nothing here, and the readers of
makers' certificates stay out of reach.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

import webauthn
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from proxyd.domain.errors import PasskeyRefused
from proxyd.domain.passkey import ANSWER_S, CREDENTIAL_ID_MOST, RESPONSE_MOST, PasskeyFault, Site
from proxyd.domain.ports.passkeys import Claimed, NewCredential
from proxyd.domain.types import Account

# What all devices of today can do; in the order of WebAuthn §5.4.
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# "none" is what browsers make of it where none is asked for; but a device that vouches for itself
# alone they let through (WebAuthn §5.1.3, step 22).
_ATTESTATIONS: Final = (AttestationFormat.NONE, AttestationFormat.PACKED)

R = TypeVar("R")
P = ParamSpec("P")
T = TypeVar("T")
Read = Callable[Concatenate[R, str, P], T]


def _reading(otherwise: PasskeyFault) -> Callable[[Read[R, P, T]], Read[R, P, T]]:
    """Nothing long is read, and what breaks the reader of a hostile answer is a refusal, too."""

    def around(read: Read[R, P, T]) -> Read[R, P, T]:
        @wraps(read)
        def guarded(reader: R, response: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if len(response) > RESPONSE_MOST:
                raise PasskeyRefused(PasskeyFault.TOO_LONG)
            try:
                return read(reader, response, *args, **kwargs)
            except PasskeyRefused:
                raise
            except Exception as error:  # the library raises also what it did not foresee
                raise PasskeyRefused(otherwise) from error

        return guarded

    return around


class WebauthnReader:
    def ask_new(
        self,
        site: Site,
        account: Account,
        handle: bytes,
        challenge: bytes,
        there: Iterable[bytes],
    ) -> str:
        """See ports.passkeys.PasskeyReader."""
        options = webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name="proxyd",
            user_id=handle,
            user_name=account.login,
            user_display_name=account.name,
            challenge=challenge,
            timeout=ANSWER_S * 1000,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in there],
            supported_pub_key_algs=ALGORITHMS,
        )
        return webauthn.options_to_json(options)

    def ask_known(self, site: Site, challenge: bytes, theirs: Iterable[bytes]) -> str:
        """See ports.passkeys.PasskeyReader."""
        options = webauthn.generate_authentication_options(
            rp_id=site.rp_id,
            challenge=challenge,
            timeout=ANSWER_S * 1000,
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in theirs],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    @_reading(PasskeyFault.MALFORMED)
    def challenge(self, response: str) -> bytes:
        """See ports.passkeys.PasskeyReader."""
        told = parse_registration_credential_json(response)
        return parse_client_data_json(told.response.client_data_json).challenge

    @_reading(PasskeyFault.MALFORMED)
    def claimed(self, response: str) -> Claimed:
        """See ports.passkeys.PasskeyReader."""
        told = parse_authentication_credential_json(response)
        challenge = parse_client_data_json(told.response.client_data_json).challenge
        return Claimed(challenge, told.raw_id, told.response.user_handle)

    @_reading(PasskeyFault.MALFORMED)
    def new(self, response: str, site: Site, challenge: bytes) -> NewCredential:
        """See ports.passkeys.PasskeyReader."""
        told = parse_registration_credential_json(response)
        attested = parse_attestation_object(told.response.attestation_object)
        _check_place(told.response.client_data_json, attested.auth_data, site)
        if attested.fmt not in _ATTESTATIONS or attested.att_stmt.x5c:
            raise PasskeyRefused(PasskeyFault.MALFORMED)
        made = attested.auth_data.attested_credential_data
        if made is None or not 0 < len(made.credential_id) <= CREDENTIAL_ID_MOST:
            raise PasskeyRefused(PasskeyFault.MALFORMED)
        key = decode_credential_public_key(made.credential_public_key)
        if key.alg not in ALGORITHMS:
            raise PasskeyRefused(PasskeyFault.ALGORITHM)
        decoded_public_key_to_cryptography(key)  # one that verifies nothing is noticed now
        found = webauthn.verify_registration_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        if found.credential_id != told.raw_id:
            raise PasskeyRefused(PasskeyFault.MALFORMED)
        return NewCredential(
            found.credential_id,
            found.credential_public_key,
            found.sign_count,
            found.credential_backed_up,
        )

    @_reading(PasskeyFault.SIGNATURE)
    def known(self, response: str, site: Site, challenge: bytes, public_key: bytes) -> int:
        """See ports.passkeys.PasskeyReader."""
        told = parse_authentication_credential_json(response)
        data = parse_authenticator_data(told.response.authenticator_data)
        _check_place(told.response.client_data_json, data, site)
        found = webauthn.verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # looked at by the caller, who has the row
            require_user_verification=True,
        )
        return found.new_sign_count


def _check_place(client_data: bytes, data: AuthenticatorData, site: Site) -> None:
    """Where it was given, and whether the device looked who is there. Raises PasskeyRefused."""
    client = parse_client_data_json(client_data)
    # In a frame of another's page a person does not see whom the answer goes to (WebAuthn §13.4.2);
    # the library does not look at it.
    if client.origin != site.origin or client.cross_origin:
        raise PasskeyRefused(PasskeyFault.ORIGIN)
    if data.rp_id_hash != hashlib.sha256(site.rp_id.encode("ascii")).digest():
        raise PasskeyRefused(PasskeyFault.SITE)
    if not data.flags.uv:
        raise PasskeyRefused(PasskeyFault.UNVERIFIED)
