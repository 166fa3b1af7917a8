"""What somebody had typed when their session had ended: kept through the sign-in, and sent again.

It travels in the pages themselves, never here; secrets never, and only what the row of the table
knows. Nothing is carried out before the person presses Send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import WebPage

PATH_FIELD: Final = "kept_path"
_FIELD: Final = "kept."


def plain_fields(row: WebPage, form: Mapping[str, str]) -> dict[str, str]:
    """What may be shown again."""
    fields = [one for one in row.form if not one.secret]
    return {name: text for name, text in form.items() if any(one.fits(name) for one in fields)}


def kept_of(row: WebPage, path: str, form: Mapping[str, str]) -> dict[str, str]:
    """As hidden fields of the page that asks to sign in."""
    kept = {f"{_FIELD}{name}": text for name, text in plain_fields(row, form).items()}
    return {PATH_FIELD: path, **kept}


def carried(form: Mapping[str, str]) -> dict[str, str]:
    """Those that came along, to be carried on; none where they would lead elsewhere."""
    if not is_path(form.get(PATH_FIELD, "")):
        return {}
    return {n: text for n, text in form.items() if n == PATH_FIELD or n.startswith(_FIELD)}


def to_send(kept: Mapping[str, str]) -> dict[str, object]:
    """``action`` and ``fields`` of the form that sends it again, as it was typed."""
    fields = {n.removeprefix(_FIELD): t for n, t in kept.items() if n != PATH_FIELD}
    return {"action": kept[PATH_FIELD], "fields": fields}


def is_path(text: str) -> bool:
    """Whether it is a path of ours: nothing that a browser reads as another host."""
    return text.startswith("/") and not text.startswith("//") and "\\" not in text
