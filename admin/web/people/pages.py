"""The pages of this area. The one that adds comes first: its address looks like a person's."""

from __future__ import annotations

from typing import Final

from admin.web.people import adding, changing, leaving, listing, once, person, several

PAGES: Final = (
    *listing.PAGES,
    *adding.PAGES,
    *several.PAGES,
    *once.PAGES,
    *person.PAGES,
    *changing.PAGES,
    *leaving.PAGES,
)
