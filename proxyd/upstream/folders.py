"""Folder names and what a folder is for, as providers spell them.

A name that is no canonical modified UTF-7 is shown as well as it can be and remembered, so that it
is sent back as it came: encoding it anew would name another folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from proxyd.domain.ports import UpstreamFolder
from proxyd.imapwire import encode, mutf7
from proxyd.imapwire.errors import BadName
from proxyd.imapwire.response import ListItem

# RFC 6154 §2, with what servers without it and their clients have called these folders.
GUESSES: dict[str, frozenset[str]] = {
    "\\sent": frozenset(
        {"sent", "sent items", "sent messages", "sent mail", "送信済み", "送信済みアイテム"}
        | {"送信済みメール", "送信済みトレイ", "送信メール"}
    ),
    "\\drafts": frozenset({"drafts", "draft", "下書き", "下書きトレイ"}),
    "\\trash": frozenset(
        {"trash", "deleted items", "deleted messages", "bin", "ごみ箱", "ゴミ箱"}
        | {"削除済みアイテム"}
    ),
    "\\junk": frozenset({"junk", "spam", "junk e-mail", "junk email", "bulk mail", "迷惑メール"}),
    "\\archive": frozenset({"archive", "archives", "アーカイブ", "保管"}),
}


class FolderNames:
    """Between names on the wire and names in the proxy, for one mailbox."""

    def __init__(self) -> None:
        self._odd: dict[str, bytes] = {}  # shown name → wire name

    def shown(self, raw: bytes) -> str:
        if raw.upper() == b"INBOX":
            return "INBOX"
        try:
            return mutf7.decode(raw)
        except BadName:
            name = raw.decode("utf-8", "backslashreplace")
            self._odd[name] = raw
            return name

    def wire(self, name: str) -> bytes:
        """As an argument of a command."""
        odd = self._odd.get(name)
        return encode.astring(odd) if odd is not None else encode.mailbox(name)


def folders(items: Iterable[ListItem], names: FolderNames) -> list[UpstreamFolder]:
    """What LIST told, each folder once; uses are guessed where the server doesn't say them."""
    found: dict[str, UpstreamFolder] = {}
    for item in items:
        name = names.shown(item.raw_name)
        if not name:
            continue
        known = found.get(name)
        attributes = item.attributes | (known.attributes if known else frozenset())
        found[name] = UpstreamFolder(name, item.delimiter, attributes)
    for use in GUESSES:
        _guess(use, found)
    return list(found.values())


def _guess(use: str, found: dict[str, UpstreamFolder]) -> None:
    """Give ``use`` to the first folder that is called so, unless the server said which it is."""
    if any(use in folder.attributes for folder in found.values()):
        return
    for folder in found.values():
        levels = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
        if levels[0] == "INBOX":  # Courier, Cyrus: everything stands below INBOX
            levels = levels[1:]
        if len(levels) == 1 and levels[0].casefold() in GUESSES[use] and folder.selectable:
            found[folder.name] = replace(folder, attributes=folder.attributes | {use})
            return
