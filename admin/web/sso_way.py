"""The organisation's sign-in, as the page for signing in offers it: below the form, as a link.

A link and no form: browsers apply our policy for forms to every redirect that follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Part, Visit

START: Final = "/sign-in/sso"
OUT: Final = "/sign-in/sso/out"
BUTTON: Final = "organisation"  # its id on the page
BY_ORGANISATION: Final = "&by=organisation"  # how who signs out had signed in


async def _facts(visit: Visit) -> Mapping[str, object]:
    organisation = visit.services.organisation
    assert organisation is not None
    button = organisation.button
    left = visit.query.get("why") == "signed-out" and visit.query.get("by") == "organisation"
    return {
        "organisation": button.ja if visit.language == "ja" else button.en,
        "sso_start": START,
        "sso_out": OUT if left and button.signs_out else "",
    }


def _is_on(visit: Visit) -> bool:
    return visit.services.organisation is not None


ORGANISATION: Final = Part("sso_way.html", _facts, _is_on)
