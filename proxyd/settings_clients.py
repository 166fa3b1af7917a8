"""How mail clients reach this machine: does that fit what is listened on, and the files that are
named? Looks only. Each finding is (key, what is wrong, what to write instead).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from proxyd.settings import Settings

Finding = tuple[str, str, str]


def reached_at_nothing(settings: Settings) -> Iterator[Finding]:
    """An address for clients, where no listener would take what arrives there."""
    doors = {
        "imap": (settings.clients.imap, settings.imap.tls, settings.imap.starttls),
        "smtp": (settings.clients.smtp, settings.smtp.tls, settings.smtp.starttls),
    }
    for name, (given, tls, starttls) in doors.items():
        if given and tls is None and starttls is None:
            yield (
                f"clients.{name}",
                f"clients are sent to {given}, but both listeners in [{name}] are off",
                f'switch one on, for example tls = "0.0.0.0:{993 if name == "imap" else 465}"',
            )


def authority(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is wrong with ``clients.ca_file``. Its whole text is handed to everybody, so it must
    hold certificates alone.
    """
    file = settings.clients.ca_file
    if file is None:
        return
    key = "clients.ca_file"
    name_it = "name the PEM file that starts with -----BEGIN CERTIFICATE-----"
    try:
        text = file.read_text("ascii")
        certificates = x509.load_pem_x509_certificates(text.encode("ascii"))
    except OSError as error:
        yield key, f"{file} can't be read ({error.strerror})", name_it
        return
    except ValueError:  # also what is no ASCII
        yield key, f"{file} is not a PEM certificate", name_it
        return
    if "PRIVATE KEY" in text:
        yield key, f"{file} holds a private key, which clients would be given", name_it
    ends = certificates[0].not_valid_after_utc
    if now > ends:
        yield key, f"{file} expired on {ends:%Y-%m-%d}", "name that of a newer authority"
