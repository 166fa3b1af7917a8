"""The repositories of one transaction (ports.database.Transaction).

Made anew for each unit of work: a unit that fails leaves nothing behind in memory either. Each
repository is made when it is first asked for, as most units need one or two.
"""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from proxyd.domain.types import Clock
from proxyd.store.access_log import AccessLog
from proxyd.store.accounts import AccountStore
from proxyd.store.alarm_marks import AlarmMarkStore
from proxyd.store.annotations import AnnotationStore
from proxyd.store.api_answers import ApiAnswerStore
from proxyd.store.api_tokens import ApiTokenStore
from proxyd.store.app_passwords import AppPasswordStore
from proxyd.store.begun import BegunStore
from proxyd.store.closed_days import ClosedDayStore
from proxyd.store.conversations import ConversationStore
from proxyd.store.copied_out import CopiedStore
from proxyd.store.departures import DepartureStore
from proxyd.store.doubts import DoubtStore
from proxyd.store.held import HeldStore
from proxyd.store.identities import IdentityStore
from proxyd.store.leavers import LeaverStore
from proxyd.store.log_exports import LogExportStore
from proxyd.store.mail import MailStore
from proxyd.store.mailboxes import MailboxStore
from proxyd.store.notes import NoteStore
from proxyd.store.orders import OrderStore
from proxyd.store.outbox import OutboxStore
from proxyd.store.owed import OwedStore
from proxyd.store.parted import PartedStore
from proxyd.store.passkeys import PasskeyStore
from proxyd.store.restored import RestoredStore
from proxyd.store.rules import RuleStore
from proxyd.store.second_factors import SecondFactorStore
from proxyd.store.secrets import Keys
from proxyd.store.sent_copies import SentCopyStore
from proxyd.store.turns import TurnStore
from proxyd.store.web_sessions import WebSessionStore
from proxyd.store.webhooks import WebhookStore


class Transaction:
    def __init__(self, connection: Connection, *, keys: Keys, clock: Clock) -> None:
        self.connection = connection
        self._keys = keys
        self._clock = clock

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(self.connection, self._clock)

    @cached_property
    def app_passwords(self) -> AppPasswordStore:
        return AppPasswordStore(self.connection, self._clock)

    @cached_property
    def mailboxes(self) -> MailboxStore:
        return MailboxStore(self.connection, self._clock)

    @cached_property
    def log(self) -> AccessLog:
        return AccessLog(self.connection, self._keys.log, self._clock)

    @cached_property
    def mail(self) -> MailStore:
        return MailStore(self.connection)

    @cached_property
    def annotations(self) -> AnnotationStore:
        return AnnotationStore(self.connection)

    @cached_property
    def begun(self) -> BegunStore:
        return BegunStore(self.connection)

    @cached_property
    def doubts(self) -> DoubtStore:
        return DoubtStore(self.connection)

    @cached_property
    def owed(self) -> OwedStore:
        return OwedStore(self.connection)

    @cached_property
    def departures(self) -> DepartureStore:
        return DepartureStore(self.connection)

    @cached_property
    def conversations(self) -> ConversationStore:
        return ConversationStore(self.connection)

    @cached_property
    def parted(self) -> PartedStore:
        return PartedStore(self.connection)

    @cached_property
    def orders(self) -> OrderStore:
        return OrderStore(self.connection, self._clock)

    @cached_property
    def copied(self) -> CopiedStore:
        return CopiedStore(self.connection)

    @cached_property
    def leavers(self) -> LeaverStore:
        return LeaverStore(self.connection)

    @cached_property
    def notes(self) -> NoteStore:
        return NoteStore(self.connection, self._keys.notes)

    @cached_property
    def turns(self) -> TurnStore:
        return TurnStore(self.connection)

    @cached_property
    def closed_days(self) -> ClosedDayStore:
        return ClosedDayStore(self.connection)

    @cached_property
    def rules(self) -> RuleStore:
        return RuleStore(self.connection, self._clock)

    @cached_property
    def outbox(self) -> OutboxStore:
        return OutboxStore(self.connection, self._keys.outbox)

    @cached_property
    def held(self) -> HeldStore:
        return HeldStore(self.connection, self._keys.outbox)

    @cached_property
    def sent_copies(self) -> SentCopyStore:
        return SentCopyStore(self.connection)

    @cached_property
    def restored(self) -> RestoredStore:
        return RestoredStore(self.connection)

    @cached_property
    def identities(self) -> IdentityStore:
        return IdentityStore(self.connection, self._clock)

    @cached_property
    def second_factors(self) -> SecondFactorStore:
        return SecondFactorStore(self.connection)

    @cached_property
    def passkeys(self) -> PasskeyStore:
        return PasskeyStore(self.connection, self._clock)

    @cached_property
    def web_sessions(self) -> WebSessionStore:
        return WebSessionStore(self.connection, self._clock)

    @cached_property
    def log_exports(self) -> LogExportStore:
        return LogExportStore(self.connection)

    @cached_property
    def alarm_marks(self) -> AlarmMarkStore:
        return AlarmMarkStore(self.connection)

    @cached_property
    def webhooks(self) -> WebhookStore:
        return WebhookStore(self.connection, self._clock)

    @cached_property
    def api_tokens(self) -> ApiTokenStore:
        return ApiTokenStore(self.connection, self._clock)

    @cached_property
    def api_answers(self) -> ApiAnswerStore:
        return ApiAnswerStore(self.connection, self._clock)
