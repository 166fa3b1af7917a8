"""Does the configuration fit itself, and does this machine fit the configuration?

``contradictions`` is pure and holds whenever settings are loaded. ``surroundings`` looks at files,
for ``proxyd check`` and ``proxyd run``; it must never change anything and never open a port.
Each finding is (key, what is wrong, what to write instead).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from proxyd.domain.folder_names import names_beside
from proxyd.settings import Settings, WorkflowSettings
from proxyd.settings_clients import authority, reached_at_nothing
from proxyd.settings_console import console_faults
from proxyd.settings_privacy import open_to_others
from proxyd.settings_single_sign_on import files_at_fault, unfinished
from proxyd.settings_values import Listen

Finding = tuple[str, str, str]
OTHERS = 0o077  # permission bits of group and others


# ------------------------------------------------------------------ the configuration alone


def contradictions(settings: Settings) -> list[Finding]:
    return [
        *_listeners(settings),
        *_workflow(settings),
        *_certificate_keys(settings),
        *reached_at_nothing(settings),
        *_weak_hashes(settings),
        *unfinished(settings.single_sign_on, console=settings.console.listen is not None),
        *console_faults(settings),
    ]


def listeners(settings: Settings) -> dict[str, Listen]:
    """Key → address of every listener that is on."""
    every = {
        "imap.tls": settings.imap.tls,
        "imap.starttls": settings.imap.starttls,
        "smtp.tls": settings.smtp.tls,
        "smtp.starttls": settings.smtp.starttls,
        "http.listen": settings.http.listen,
        "console.listen": settings.console.listen,
    }
    return {key: listen for key, listen in every.items() if listen is not None}


def _listeners(settings: Settings) -> Iterator[Finding]:
    taken: dict[tuple[str, int], str] = {}
    for key, listen in listeners(settings).items():
        if listen.port == 0:
            continue
        for (host, port), other in taken.items():
            if port == listen.port and (host == listen.host or {host, listen.host} & _ANY):
                yield (
                    key,
                    f"{listen} is taken by {other} already",
                    'write another port, or "" to switch one of them off',
                )
                break
        taken[(listen.host, listen.port)] = key
    if not listeners(settings).keys() - {"http.listen", "console.listen"}:
        yield (
            "imap.tls",
            "all listeners for mail are off",
            'switch at least one on, for example tls = "0.0.0.0:993" in [imap]',
        )
    http = settings.http.listen
    if http is not None and not http.loopback:
        yield (
            "http.listen",
            f"{http} can be reached from outside, and has neither TLS nor sign-in",
            'write "127.0.0.1:9180" and let a reverse proxy serve it',
        )


# The weakest of OWASP's recommendations for argon2id (Password Storage Cheat Sheet): KiB by passes.
_LEAST_KIB = {1: 47_104, 2: 19_456, 3: 12_288, 4: 9_216, 5: 7_168}


def _weak_hashes(settings: Settings) -> Iterator[Finding]:
    made = settings.passwords
    least = _LEAST_KIB[min(made.passes, max(_LEAST_KIB))]
    if made.memory_kib < least:
        yield (
            "passwords.memory_kib",
            f"{made.memory_kib} is too little for {made.passes} passes: guessing would be cheap",
            f"write {least} or more, or more passes",
        )


# Plain on this machine alone.
_TLS_OUTSIDE = (".starttls", "console.listen")
_ANY = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to


def _certificate_keys(settings: Settings) -> Iterator[Finding]:
    tls = settings.tls
    if tls.certificate is not None and tls.key is None:
        yield "tls.key", "is missing", "name the file with the certificate's private key"
    if tls.key is not None and tls.certificate is None:
        yield "tls.certificate", "is missing", "name the file with the certificate"
    if tls.certificate is not None or tls.key is not None:
        return
    needed = [
        f"{key} ({listen})"
        for key, listen in listeners(settings).items()
        if key.endswith(".tls") or (key.endswith(_TLS_OUTSIDE) and not listen.loopback)
    ]
    if needed:
        yield (
            "tls.certificate",
            f"is missing, but needed by {', '.join(needed)}",
            "name the certificate's and the key's PEM files in [tls], or switch those listeners "
            'off with ""; STARTTLS listeners do without on 127.0.0.1',
        )


def _workflow(settings: Settings) -> Iterator[Finding]:
    workflow = settings.workflow
    keys = [status.key for status in workflow.statuses]
    known = ", ".join(dict.fromkeys(keys))
    for key in dict.fromkeys(one for one in keys if keys.count(one) > 1):
        yield "workflow.statuses", f"the key {key!r} stands there twice", "give each its own key"
    for language in ("en", "ja"):
        yield from _folder_names(workflow, language)
    for setting in ("initial", "answered"):
        value = getattr(workflow, setting)
        if value not in keys:
            yield f"workflow.{setting}", f"{value!r} is not a status", f"write one of: {known}"


def _folder_names(workflow: WorkflowSettings, language: str) -> Iterator[Finding]:
    """Each status is a folder beside the shipped ones, in either language."""
    names = [getattr(status, language) for status in workflow.statuses]
    taken = [*names, *names_beside(language)]
    for name in dict.fromkeys(names):
        if taken.count(name) > 1:
            yield (
                "workflow.statuses",
                f"two folders would be called {name!r}",
                f"give this status another name ({language})",
            )
        if "/" in name or not name.isprintable() or name != name.strip():
            yield (
                "workflow.statuses",
                f"{name!r} can't be a folder's name",
                'leave out "/", control characters, and spaces around it',
            )


# ------------------------------------------------------------------ this machine


def surroundings(settings: Settings, now: datetime | None = None) -> list[Finding]:
    now = now or datetime.now(UTC)
    return [
        *_tls_files(settings, now),
        *authority(settings, now),
        *files_at_fault(settings.single_sign_on, now),
        *_directories(settings),
        *_master_key(settings),
        *open_to_others(settings),
    ]


def _tls_files(settings: Settings, now: datetime) -> Iterator[Finding]:
    files = {"tls.certificate": settings.tls.certificate, "tls.key": settings.tls.key}
    content: dict[str, bytes] = {}
    for key, path in files.items():
        if path is None:
            continue
        try:
            content[key] = path.read_bytes()
        except OSError as error:
            yield key, f"{path} can't be read ({error.strerror})", _readable_by_us(path)
    certificate = None
    if "tls.certificate" in content:
        try:
            certificate = x509.load_pem_x509_certificates(content["tls.certificate"])[0]
        except ValueError:
            yield (
                "tls.certificate",
                f"{files['tls.certificate']} is not a PEM certificate",
                "name the file that starts with -----BEGIN CERTIFICATE-----",
            )
    if certificate is not None:
        yield from _validity(certificate, settings.server.hostname, now)
    if "tls.key" in content:
        yield from _key(files["tls.key"] or Path(), content["tls.key"], certificate)


def _validity(certificate: x509.Certificate, hostname: str, now: datetime) -> Iterator[Finding]:
    if now > certificate.not_valid_after_utc:
        yield (
            "tls.certificate",
            f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}",
            "renew it and restart proxyd",
        )
    if now < certificate.not_valid_before_utc:
        yield (
            "tls.certificate",
            f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}",
            "check this machine's clock, or wait",
        )
    names = certificate_names(certificate)
    if not any(_covers(name, hostname) for name in names):
        yield (
            "server.hostname",
            f"the certificate is not for {hostname!r} but for: {', '.join(names) or 'nobody'}",
            "write one of its names, or get a certificate for this one",
        )


def certificate_names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    names = list(extension.value.get_values_for_type(x509.DNSName))
    names += [str(address) for address in extension.value.get_values_for_type(x509.IPAddress)]
    return names


def _covers(pattern: str, hostname: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for exactly the leftmost label."""
    pattern, hostname = pattern.lower(), hostname.lower()
    if pattern.startswith("*."):
        return hostname.partition(".")[2] == pattern[2:] and "." in pattern[2:]
    return pattern == hostname


def _key(path: Path, pem: bytes, certificate: x509.Certificate | None) -> Iterator[Finding]:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        yield (
            "tls.key",
            f"{path} is protected by a passphrase",
            "store it without one, readable by proxyd only: openssl pkey -in OLD -out NEW",
        )
        return
    except ValueError:
        yield (
            "tls.key",
            f"{path} is not a PEM private key",
            "name the file that starts with -----BEGIN PRIVATE KEY-----",
        )
        return
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate is not None and (
        key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form)
    ):
        yield "tls.key", f"{path} does not belong to the certificate", "name the key made with it"
    if path.stat().st_mode & 0o007:  # a group such as ssl-cert is customary for keys
        yield "tls.key", f"{path} is open to everybody", f"run: chmod o= {path}"


def _secret_file(key: str, path: Path) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reported by whoever reads it, or created on first use
    if mode & OTHERS:
        yield key, f"{path} is open to other users", f"run: chmod 600 {path}"


def _master_key(settings: Settings) -> Iterator[Finding]:
    chosen = settings.secrets.master_key_file
    if chosen is not None and not os.access(chosen, os.R_OK):
        yield (
            "secrets.master_key_file",
            f"{chosen} can't be read",
            _readable_by_us(chosen)
            if chosen.exists()
            else f"make one with: (umask 077; openssl rand -base64 32 > {chosen})",
        )
    yield from _secret_file("secrets.master_key_file", settings.master_key_file)


def _directories(settings: Settings) -> Iterator[Finding]:
    yield from _directory("server.data_dir", settings.data_dir)
    others = {
        "store.path": Path(settings.database).parent,
        "cache.directory": settings.cache_directory,
        "log.anchor_file": settings.anchor_file.parent,
    }
    for key, path in others.items():
        if settings.data_dir not in (path, *path.parents):
            yield from _directory(key, path)


def _directory(key: str, path: Path) -> Iterator[Finding]:
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        yield key, f"{existing} is not a directory", "write another path"
    elif existing == path and existing.stat().st_mode & 0o700 != 0o700:
        return  # told by ``open_to_others``
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield (
            key,
            f"{path} can't be written by {_who()}",
            f"run: install -d -m 700 -o {_who()} {path}",
        )


def _readable_by_us(path: Path) -> str:
    if not path.exists():
        return "write the path of an existing file"
    return f"make it readable for {_who()}"


def _who() -> str:
    import pwd  # noqa: PLC0415 - Unix only, and only for this sentence

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
