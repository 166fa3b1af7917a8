"""Who has written a mail: we, or somebody outside, and whether anybody waits for an answer to it.

Asks nobody; reads the header, and which mails of ours it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from proxyd.domain.thread import Headers
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.correspondents import is_own
from proxyd.service.mailbox.model import Folder


class Authorship:
    """``own`` are the mailbox's addresses; ``sending``: it is on its way through us."""

    def __init__(self, own: Set[str], sending: Callable[[Headers], bool]) -> None:
        self._own = own
        self._sending = sending

    def ours(self, folder: Folder, headers: Headers) -> bool:
        """Written by us: it lies in Sent or Drafts, is on its way through us, or is from one of the
        mailbox's addresses to somebody else.

        Contact forms write in the mailbox's own name, to the mailbox, and name the customer in
        Reply-To: a mail in our name that we did not send is from outside, wherever it lies.
        """
        if folder.attributes & {"\\sent", "\\drafts"}:
            return True
        if not any(is_own(address, self._own) for address in headers.from_addresses):
            return False
        if self._sending(headers):
            return True
        return self._has_others(headers.recipients) and not self._has_others(headers.reply_to)

    def _has_others(self, addresses: Iterable[str]) -> bool:
        return any(not is_own(address, self._own) for address in addresses)

    def automatic(self, change: Change, headers: Headers) -> bool:
        """Nobody waits for an answer to it."""
        if headers.automatic:
            return True
        return self.seems_automatic(headers) and not self._answers_us(change, headers)

    def seems_automatic(self, headers: Headers) -> bool:
        """The same of a mail that answers nothing. A list that is the mailbox itself is people."""
        return headers.automatic or (headers.by_list and not self._is_our_list(headers))

    def _answers_us(self, change: Change, headers: Headers) -> bool:
        """To us, and in answer to a mail of ours: who shares an address writes through a list."""
        if not any(address in self._own for address in headers.recipients):
            return False
        named = (mail for id_ in headers.in_reply_to for mail in change.mails_of_id(id_))
        return any(not mail.inbound for mail in named)

    def _is_our_list(self, headers: Headers) -> bool:
        """The provider's group behind one of our addresses (RFC 2919, RFC 2369 §3.4)."""
        names = {address.replace("@", ".") for address in self._own}
        return headers.list_name in names or any(
            address in self._own for address in headers.list_addresses
        )
