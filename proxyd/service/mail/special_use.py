"""Whether a folder may be created for a special use (CREATE-SPECIAL-USE, RFC 6154 §3)."""

from __future__ import annotations

from proxyd.domain.errors import UnknownSpecial
from proxyd.service.api.folder_tree import Special
from proxyd.service.mailbox.mailroom import Mailroom

CAPABILITY = "CREATE-SPECIAL-USE"


async def check_special(room: Mailroom, special: Special) -> None:
    """Raises UnknownSpecial, UpstreamError.

    The use must be kept where the folder is: staff who plug the proxy out find it there. And each
    use has one folder: a second Sent would split the one Sent copy that all share.
    """
    if room.state.special_folder(special.value.lower()) is not None:
        raise UnknownSpecial
    if CAPABILITY not in await room.upstream.capabilities():
        raise UnknownSpecial
