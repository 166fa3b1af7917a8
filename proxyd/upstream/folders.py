"""Folder names and what a folder is for, as providers spell them.

A name that is no canonical modified UTF-7 is shown as well as it can be and remembered, so that it
is sent back as it came: encoding it anew would name another folder. What a provider puts above all
folders of its user (namespace.py) is not shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from proxyd.domain.ports.upstream_rows import UpstreamFolder
from proxyd.imapwire import encode, mutf7
from proxyd.imapwire.errors import BadName
from proxyd.imapwire.mailbox_name import CONTROL, NAME_CHARS
from proxyd.imapwire.response import ListItem
from proxyd.upstream.namespace import UpstreamNamespaces

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

_DIGEST = 16  # hexadecimal digits


class FolderNames:
    """Between names on the wire and names in the proxy, for one mailbox.

    The prefix that a provider puts above all of its user's folders is left out; names outside of it
    stay whole and are remembered.
    """

    def __init__(self) -> None:
        self._odd: dict[str, bytes] = {}  # shown name → wire name
        self._prefix = ""
        self._others: tuple[str, ...] = ()
        self.placed = False  # whether the provider has told its namespaces; nothing is named before

    def place(self, found: UpstreamNamespaces) -> None:
        """From now on names are shown as they stand in these namespaces."""
        self._prefix, *others = (_decoded(one) for one in (found.own, *found.others))
        self._others = tuple(others)
        self.placed = True

    def shown(self, raw: bytes) -> str:
        """ "" for a name that is nothing but the prefix."""
        if raw.upper() == b"INBOX":
            return "INBOX"
        whole = _decoded(raw)
        name = _usable(self._without_prefix(whole))
        if self.wire(name) != encode.astring(raw):
            self._odd[name] = raw
        return name

    def wire(self, name: str) -> bytes:
        """As an argument of a command."""
        odd = self._odd.get(name)
        if odd is not None:
            return encode.astring(odd)
        if name.upper() == "INBOX" or name.startswith(self._others):
            return encode.mailbox(name)
        return encode.mailbox(self._prefix + name)

    def _without_prefix(self, whole: str) -> str:
        """The prefix stays where the rest would be the name of something else."""
        bare = whole.removeprefix(self._prefix)
        return whole if bare.upper() == "INBOX" or bare.startswith(self._others) else bare


def _usable(name: str) -> str:
    """As it can be shown and typed: a client may name nothing longer, and no control characters.

    Two that differ stay two.
    """
    name = CONTROL.sub(lambda one: one[0].encode("unicode_escape").decode("ascii"), name)
    if len(name) <= NAME_CHARS:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{name[: NAME_CHARS - _DIGEST - 1]}…{digest}"


def _decoded(raw: bytes) -> str:
    try:
        return mutf7.decode(raw)
    except BadName:
        return raw.decode("utf-8", "backslashreplace")


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
