"""The provider's servers as a form has them: host, port, how it is protected, and who signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from admin.web.page import Typed
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.server_url import IMAP_SCHEMES, SMTP_SCHEMES

SECURITIES: Final = ("tls", "starttls", "plain")
HOST: Final = 253  # RFC 1035 §2.3.4
FIELDS: Final = (
    *(Typed(f"{door}_host", HOST) for door in ("imap", "smtp")),
    *(Typed(f"{door}_{part}", 8) for door in ("imap", "smtp") for part in ("port", "security")),
    *(Typed(user, 320) for user in ("user", "smtp_user")),
)


def wishes_of(form: Mapping[str, str]) -> MailboxWishes:
    """What is left empty follows from the address: where most providers are, as whom."""
    address = form.get("address", "").strip()
    domain = address.rpartition("@")[2]
    user = form.get("user", "").strip() or address
    smtp_user = form.get("smtp_user", "").strip()
    return MailboxWishes(
        address=address,
        imap=_url(form, "imap", domain, user, IMAP_SCHEMES),
        smtp=_url(form, "smtp", domain, smtp_user or user, SMTP_SCHEMES),
        language=form.get("language", ""),
    )


def _url(
    form: Mapping[str, str],
    door: str,
    domain: str,
    user: str,
    schemes: Mapping[str, tuple[str, int]],
) -> str:
    """As the command line has it, so that there is one reader of it."""
    host = form.get(f"{door}_host", "").strip() or f"{door}.{domain}"
    host = f"[{host}]" if ":" in host else host
    port = form.get(f"{door}_port", "").strip()
    wanted = form.get(f"{door}_security", SECURITIES[0])
    scheme = next((word for word, (kind, _) in schemes.items() if kind == wanted), "")
    place = f"{host}:{port}" if port else host
    return f"{scheme}://{quote(user, safe='@+')}@{place}"
