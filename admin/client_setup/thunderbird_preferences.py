"""What Thunderbird has to know besides the account: tags, and how it looks after shared folders.

Measured with Thunderbird 153 (docs/decisions/048-tags-in-clients.md). Each preference stands here
for a reason; what is a matter of taste is left to the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from proxyd.domain.client_facts import Tag

Preference = bool | int | str

SETTINGS: Final[Mapping[str, Preference]] = MappingProxyType(
    {
        # A folder that is not open is looked at once after the start and then never again: new
        # work in "Open" or "Mine" would not show. So all are asked about, each minute.
        "mail.server.default.check_all_folders_for_new": True,
        "mail.server.default.check_time": 1,
        # Else the text of every mail of every folder is fetched unasked: a colleague's opening of a
        # mail is then told from that only where the mail was unread, and the same mail is fetched
        # once more for each virtual folder it stands in.
        "mail.server.default.offline_download": False,
        "mail.server.default.autosync_offline_stores": False,
        # Over COMPRESS=DEFLATE, Thunderbird 153 shows some changes one event late
        # (docs/decisions/011-compression.md).
        "mail.server.default.use_compress_deflate": False,
        # The guess of one person's junk filter becomes a keyword of the mail, and shows to
        # everybody. The provider filters, and who finds junk can still say so.
        "mail.server.default.spamLevel": 0,
        # Everybody who opens a mail would be asked whether to send the receipt that its sender
        # wants: one customer, several receipts, and nobody has answered yet.
        "mail.mdn.report.enabled": False,
    }
)


def ordinal(position: int) -> str:
    """Where a tag stands, and so which digit key sets it (the first nine), counted from 0.

    Thunderbird sorts tags by ordinal, and by key where they have none; octet by octet. Its own five
    have none and are called ``$label1`` and so on: "!" (0x21) stands before "$", a digit would not.
    """
    return f"!{position + 1:03}"


def preferences(tags: Iterable[Tag]) -> dict[str, Preference]:
    """By name, for any profile: ``tags`` in their order, then what every account needs."""
    made: dict[str, Preference] = {}
    for position, tag in enumerate(tags):
        made[f"mailnews.tags.{tag.keyword}.tag"] = tag.label
        made[f"mailnews.tags.{tag.keyword}.color"] = tag.colour
        made[f"mailnews.tags.{tag.keyword}.ordinal"] = ordinal(position)
    return made | dict(SETTINGS)
