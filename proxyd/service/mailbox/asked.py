"""Which mails upstream is asked about, under the UIDs it knew them by when it was asked.

A folder may be mapped anew while an answer is on its way (folder_sync.py), and then ``Message.uid``
is another one: by it the answer would be taken for another mail's, and a command sent only then
would be carried out on another mail. Invariants: UIDs and UIDVALIDITY are taken in one step, and
belong together for good; a mail that is gone has no UID any more, because another one may have it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from proxyd.service.mailbox.model import Folder, Message


@dataclass(frozen=True, slots=True)
class Asked:
    """Made by ``asked_of``."""

    folder: Folder
    uidvalidity: int
    messages: Mapping[int, Message]  # by upstream's UID

    @property
    def uids(self) -> list[int]:
        return list(self.messages)

    @property
    def numbers(self) -> dict[Message, int]:
        """The way back: upstream's UIDs."""
        return {message: uid for uid, message in self.messages.items()}

    def only(self, messages: Collection[Message]) -> Asked:
        """Of the same moment."""
        some = {uid: message for uid, message in self.messages.items() if message in messages}
        return replace(self, messages=some)

    def key(self, uid: int) -> tuple[int, int, int]:
        """See ``remembered.Key``."""
        return self.folder.id, self.uidvalidity, uid


def asked_of(folder: Folder, messages: Iterable[Message]) -> Asked:
    """``messages`` of ``folder``, without those that are gone."""
    present = {m.uid: m for m in messages if folder.by_uid.get(m.uid) is m}
    return Asked(folder, folder.uidvalidity, present)
