"""The database: transactions, and the repositories that each of them has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from proxyd.domain.ports.access_log import AccessLog
from proxyd.domain.ports.accounts import AccountStore
from proxyd.domain.ports.alarm_marks import AlarmMarkStore
from proxyd.domain.ports.annotations import AnnotationStore
from proxyd.domain.ports.api_answers import ApiAnswerStore
from proxyd.domain.ports.api_tokens import ApiTokenStore
from proxyd.domain.ports.app_passwords import AppPasswordStore
from proxyd.domain.ports.begun import BegunStore
from proxyd.domain.ports.closed_days import ClosedDayStore
from proxyd.domain.ports.conversations import ConversationStore
from proxyd.domain.ports.copied_out import CopiedStore
from proxyd.domain.ports.departures import DepartureStore
from proxyd.domain.ports.doubts import DoubtStore
from proxyd.domain.ports.held import HeldStore
from proxyd.domain.ports.identities import IdentityStore
from proxyd.domain.ports.leavers import LeaverStore
from proxyd.domain.ports.log_exports import LogExportStore
from proxyd.domain.ports.mail import MailStore
from proxyd.domain.ports.mailboxes import MailboxStore
from proxyd.domain.ports.notes import NoteStore
from proxyd.domain.ports.orders import OrderStore
from proxyd.domain.ports.outbox import OutboxStore
from proxyd.domain.ports.owed import OwedStore
from proxyd.domain.ports.parted import PartedStore
from proxyd.domain.ports.passkeys import PasskeyStore
from proxyd.domain.ports.restored import RestoredStore
from proxyd.domain.ports.rules import RuleStore
from proxyd.domain.ports.second_factors import SecondFactorStore
from proxyd.domain.ports.sent_copies import SentCopyStore
from proxyd.domain.ports.turns import TurnStore
from proxyd.domain.ports.web_sessions import WebSessionStore
from proxyd.domain.ports.webhooks import WebhookStore

T = TypeVar("T")


class Database(Protocol):
    """The database. ``work`` runs in the database's own thread, inside a transaction.

    Writes are committed in groups and are durable when ``write`` returns; they are carried out in
    the order of the calls. A ``work`` that raises leaves no trace and does not disturb the others
    of its group. Raises StoreUnavailable when the database can't be written or read.
    """

    async def write(self, work: Callable[[Transaction], T]) -> T: ...

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def changed_by_others(self) -> bool:
        """Whether another process committed anything since the last call. Cheap."""
        ...


class Transaction(Protocol):
    """The repositories, bound to one transaction. Use only inside ``work``."""

    @property
    def accounts(self) -> AccountStore: ...

    @property
    def app_passwords(self) -> AppPasswordStore: ...

    @property
    def mailboxes(self) -> MailboxStore: ...

    @property
    def log(self) -> AccessLog: ...

    @property
    def mail(self) -> MailStore: ...

    @property
    def annotations(self) -> AnnotationStore: ...

    @property
    def begun(self) -> BegunStore: ...

    @property
    def doubts(self) -> DoubtStore: ...

    @property
    def owed(self) -> OwedStore: ...

    @property
    def departures(self) -> DepartureStore: ...

    @property
    def conversations(self) -> ConversationStore: ...

    @property
    def parted(self) -> PartedStore: ...

    @property
    def orders(self) -> OrderStore: ...

    @property
    def copied(self) -> CopiedStore: ...

    @property
    def leavers(self) -> LeaverStore: ...

    @property
    def notes(self) -> NoteStore: ...

    @property
    def turns(self) -> TurnStore: ...

    @property
    def closed_days(self) -> ClosedDayStore: ...

    @property
    def rules(self) -> RuleStore: ...

    @property
    def outbox(self) -> OutboxStore: ...

    @property
    def held(self) -> HeldStore: ...

    @property
    def sent_copies(self) -> SentCopyStore: ...

    @property
    def restored(self) -> RestoredStore: ...

    @property
    def identities(self) -> IdentityStore: ...

    @property
    def second_factors(self) -> SecondFactorStore: ...

    @property
    def passkeys(self) -> PasskeyStore: ...

    @property
    def web_sessions(self) -> WebSessionStore: ...

    @property
    def log_exports(self) -> LogExportStore: ...

    @property
    def alarm_marks(self) -> AlarmMarkStore: ...

    @property
    def webhooks(self) -> WebhookStore: ...

    @property
    def api_tokens(self) -> ApiTokenStore: ...

    @property
    def api_answers(self) -> ApiAnswerStore: ...
