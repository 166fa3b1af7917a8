"""Status and assignee of a conversation by its number, for who uses no mail client: the same rules
as for a tag or a folder there (workflow.py), and the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proxyd.domain.errors import BadInput, CannotDo, NotFound, UnknownStatus
from proxyd.domain.types import Account, Origin, Right
from proxyd.domain.workflow import HOLD, Wish
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.mail.workflow import check_all_show, stage_wish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation


class ConversationWishes:
    def __init__(self, counters: Callable[[], Mapping[int, Counter]]) -> None:
        """``counters`` are the mailboxes that are served, by number."""
        self._counters = counters

    async def set_status(
        self, account: Account, number: int, status: str, until: str, origin: Origin
    ) -> None:
        """``until``: of one on hold, in the words of domain/hold_until.py; "": not by itself.
        Raises BadInput, NotFound, NotPermitted, AlreadyTaken, StoreUnavailable.
        """
        room, conversation = self._found(account, number)
        known = room.shop.statuses.keys
        if status not in known:
            raise BadInput(
                "status", f"there is no status {status!r}", f"write one of: {', '.join(known)}"
            )
        if until and status != HOLD:
            raise BadInput("until", f"goes with {HOLD} alone", "leave it out")
        try:
            await self._wish(room, conversation, account, origin, Wish((status,), until=until))
        except ValueError as error:
            problem, _, instead = str(error).partition("; ")
            raise BadInput("until", problem, instead) from None

    async def assign(self, account: Account, number: int, login: str, origin: Origin) -> None:
        """``login`` "": to nobody. Raises as ``set_status``."""
        room, conversation = self._found(account, number)
        wish = Wish(assignees=(login,)) if login else Wish(release=("*",))
        try:
            await self._wish(room, conversation, account, origin, wish)
        except UnknownStatus:
            problem = f"{login!r} is nobody who may answer in {room.mailbox.name}"
            raise BadInput("login", problem, "write that of a colleague there") from None

    def _found(self, account: Account, number: int) -> tuple[Mailroom, Conversation]:
        """Raises NotFound, also for one in a mailbox that is none of theirs."""
        for counter in self._counters().values():
            room = counter.room
            if account.grants.get(room.mailbox.id, 0) < Right.READ:
                continue
            if (conversation := room.state.conversations.get(number)) is not None:
                return room, conversation
        raise NotFound("conversation", str(number))

    async def _wish(
        self,
        room: Mailroom,
        conversation: Conversation,
        account: Account,
        origin: Origin,
        wish: Wish,
    ) -> None:
        about = next((each for each in conversation.messages if each.inbound), None)
        if about is None:
            problem = "nobody outside has written a mail that is in it"
            raise BadInput("conversation", problem, "name another one")

        def stage(change: Change) -> None:
            caller = Caller(account, origin)
            changed = stage_wish(change, caller, room, about.folder.name, [about], wish)
            check_all_show(about.folder.name, changed)

        try:
            await room.change(stage)
        except CannotDo as error:
            raise BadInput(
                "conversation", f"it can't be: {error.reason}", "see its mails"
            ) from None
