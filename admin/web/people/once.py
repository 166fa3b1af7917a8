"""New passwords, shown once: in the answer to the form that made them, with the sheet of who reads
mail; and the one file with all of it.

The file is made of what that page has, which is sent back: nothing of it is kept here, and no
address shows it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from admin.web.page import Answer, Download, Show, Typed, Visit, WebPage
from admin.web.people.addresses import ADMINS, PEOPLE, person_at
from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.service.admin.account_admin import NewPassword
from proxyd.service.admin.people_directory import PAGE

FILE: Final = f"{PEOPLE}/file"
SECRET: Final = Typed("secret", 100, secret=True, many=True)


@dataclass(frozen=True, slots=True)
class Secret:
    """``sheet``: what the person types, as client_setup/sheet_content.py has it; None where they
    read no mail, or nobody could say where the servers are.
    """

    login: str
    name: str
    password: str = field(repr=False)
    reads_mail: bool
    sheet: object | None = field(repr=False)


async def shown_once(visit: Visit, title: str, made: Sequence[NewPassword]) -> Show:
    """``title``: the key of the heading, for one person or for several. A password that was made is
    shown whatever becomes of the sheets: it is known to nobody else.
    """
    secrets = {one.account.login: one.generated or "" for one in made}
    try:
        sheets = await visit.services.setup_kit.sheets(secrets)
    except (Busy, StoreUnavailable):
        sheets = {}
    told = [
        Secret(one.login, one.name, secrets[one.login], bool(one.grants), sheets.get(one.login))
        for one in (new.account for new in made)
    ]
    facts = {"title": title, "secrets": told, "site": visit.site, "person_at": person_at}
    return Show("people/once.html", facts)


async def file(visit: Visit) -> Answer:
    """Raises NotFound where there is nothing for any of them."""
    secrets = dict(list(visit.typed_rows(SECRET.name).items())[:PAGE])
    content = await visit.services.setup_kit.file(secrets, by=visit.actor)
    name = next(iter(secrets)) if len(secrets) == 1 else "people"
    return Download(f"proxyd-{name}.zip", "application/zip", content)


PAGES: Final = (WebPage("POST", FILE, file, roles=ADMINS, form=(SECRET,)),)
