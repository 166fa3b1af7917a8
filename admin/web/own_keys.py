"""Whether letters are keys, for this browser: a part of one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Part, Visit


async def facts(_visit: Visit) -> Mapping[str, object]:
    return {}


PART: Final = Part("me_keys.html", facts)
