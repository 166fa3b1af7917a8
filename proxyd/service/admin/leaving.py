"""Somebody leaves: shut out at every door, and what was in their hands is in others', in one step
(docs/decisions/056-who-leaves.md).

One transaction says all of it: the account is shut and its password nobody's, what else opens a
door is taken away (``REVOKED``), and who takes over which conversation stands there; whoever serves
the mailboxes carries that out (service/mailbox/handing_over.py). The account stays, so the access
log keeps its name and nobody else gets the login. Must never lose a mail, nor send one otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.leavers import WaitingMail
from proxyd.domain.replying import SHOWN_US
from proxyd.domain.rule_reader import read
from proxyd.domain.types import Account, Clock, Right
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import NewPassword
from proxyd.service.admin.admin_input import check_other, checked_password, generated_password
from proxyd.service.admin.guessable import words_in
from proxyd.service.password_checks import PasswordChecks

DID: Final = "user leave"
ALL: Final = 1_000_000  # more conversations than an installation has


def _no_app_passwords(tx: Transaction, account: Account) -> int:
    found = tx.app_passwords.of(account.id)
    for one in found:
        tx.app_passwords.remove(one.id)
    return len(found)


def _no_second_factor(tx: Transaction, account: Account) -> int:
    there = tx.second_factors.of(account.id).since_us is not None
    tx.second_factors.remove(account.id)
    tx.second_factors.set_recovery_codes(account.id, ())
    return int(there)


def _no_identity(tx: Transaction, account: Account) -> int:
    return int(tx.identities.unbind(account.id))


def _no_passkeys(tx: Transaction, account: Account) -> int:
    return tx.passkeys.remove_all(account.id)


def _no_web_sessions(tx: Transaction, account: Account) -> int:
    return sum(tx.web_sessions.remove(one.number) for one in tx.web_sessions.of(account.id))


def _no_api_tokens(tx: Transaction, account: Account) -> int:
    return sum(tx.api_tokens.remove(one.number) for one in tx.api_tokens.of(account.id))


# What opens a door besides the password, by its word in the log and in what is told: takes it away
# and returns how much there was. Whoever adds a further way in adds its row here.
REVOKED: Final[Mapping[str, Callable[[Transaction, Account], int]]] = {
    "application passwords": _no_app_passwords,
    "second factors": _no_second_factor,
    "single sign-on": _no_identity,
    "passkeys": _no_passkeys,
    "web sessions": _no_web_sessions,
    "API tokens": _no_api_tokens,
}

# Who is in by then: a mail client is started anew in less.
_RECENT_US = 2 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Heirs:
    """Logins; "" is nobody. ``by_number``: of single conversations, ``rest`` of all others."""

    rest: str = ""
    by_number: Mapping[int, str] = field(default_factory=dict)

    def of(self, number: int) -> str:
        return self.by_number.get(number, self.rest)


@dataclass(frozen=True, slots=True)
class Belongings:
    """What is in somebody's hands. ``replying``, ``rules`` by the shared mailbox's name, and so are
    ``colleagues``: who could take over what is theirs there, by login.
    """

    account: Account
    conversations: Sequence[ConversationRow]  # that are not done
    waiting: Sequence[WaitingMail]
    replying: Mapping[str, int]
    named_in: Sequence[tuple[str, int]]
    rules: Mapping[str, Sequence[str]]
    sessions: int  # IMAP, as the access log tells
    colleagues: Mapping[str, Sequence[Account]]


@dataclass(frozen=True, slots=True)
class HasLeft:
    """``handed``: to whom each conversation goes. ``again``: there was nothing left to do.
    ``record``: the last number of the access log before.
    """

    had: Belongings
    handed: Sequence[tuple[ConversationRow, str]]
    away: Sequence[str]  # those who take over and are not there
    mailboxes: frozenset[int]  # that have something to carry out
    revoked: Mapping[str, int]
    record: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class IsBack:
    new: NewPassword
    handed: Mapping[str, int]  # how many conversations, to whom; "" is nobody
    revoked: Mapping[str, int]


class LeaveTaking:
    def __init__(
        self,
        store: Database,
        checks: PasswordChecks,
        done: str,
        clock: Clock,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``done``: the status of what is finished. ``refresh``: as AccountAdmin's."""
        self._store = store
        self._checks = checks
        self._done = done
        self._clock = clock
        self._refresh = refresh

    async def belongings(self, login: str, heirs: Heirs, *, by: Actor) -> Belongings:
        """What they would leave behind; who asked is recorded. Raises what ``leave`` would now:
        BadInput, NotFound.
        """

        def work(tx: Transaction) -> Belongings:
            had = self._belongings(tx, login)
            self._handed(tx, had, heirs)
            facts = {"did": "belongings", "login": had.account.login}
            tx.log.append([by.record(Action.AUDIT, facts)])
            return had

        return await self._store.write(work)

    async def leave(self, login: str, heirs: Heirs, *, by: Actor) -> HasLeft:
        """Sessions end within a second. Raises NotFound, BadInput for a colleague who may not
        answer there, a conversation that is not theirs, or oneself: then nothing is done.
        """
        check_other(login, by)
        nobodys = await self._checks.hashed(generated_password())

        def work(tx: Transaction) -> HasLeft:
            had, record = self._belongings(tx, login), tx.log.head()[0]
            handed, people = self._handed(tx, had, heirs)
            account = had.account
            if account.left_us is not None and not handed:
                return HasLeft(had, (), (), frozenset(), {}, record, again=True)
            tx.accounts.set_disabled(account.id, True)  # noqa: FBT003 - as the port
            tx.accounts.set_left(account.id, account.left_us or self._clock())
            tx.accounts.set_password(account.id, nobodys)
            revoked = {word: revoke(tx, account) for word, revoke in REVOKED.items()}
            mailboxes = self._place(tx, had, handed, people, heirs, by)
            facts = {
                "did": DID,
                "login": account.login,
                "handed_over": _counted(handed),
                "waiting": len(had.waiting),
                "revoked": revoked,
            }
            tx.log.append([by.record(Action.ADMIN, facts)])
            now = self._clock()
            away = [login for login, person in people.items() if person.is_away(now)]
            return HasLeft(had, handed, away, mailboxes, revoked, record)

        done = await self._store.write(work)
        if self._refresh is not None:
            await self._refresh()
        return done

    async def is_carried_out(self, account: Account) -> bool:
        """Whether what was handed over is in others' hands by now."""
        return not await self._store.read(lambda tx: tx.leavers.unfinished(account.id))

    async def take_back(self, login: str, *, by: Actor, password: str | None = None) -> IsBack:
        """The same person works here again, with the grants from before and another password; also
        who is disabled. Raises NotFound, BadInput for who is neither.
        """
        given = None if password is not None else generated_password()
        if password is not None:
            checked_password(password, await self._store.read(lambda tx: _guessed(tx, login)))
        password_hash = await self._checks.hashed(given or password or "")

        def work(tx: Transaction) -> IsBack:
            account = _found(tx, login)
            if account.left_us is None and not account.disabled:
                problem = "works here: has not left, and is not disabled"
                instead = f"for a new password: proxyd user password {account.login}"
                raise BadInput(f"user {account.login}", problem, instead)
            tx.accounts.set_disabled(account.id, False)  # noqa: FBT003 - as the port
            tx.accounts.set_left(account.id, None)
            tx.accounts.set_password(account.id, password_hash)
            tx.log.append([by.record(Action.ADMIN, {"did": "user return", "login": account.login})])
            # Who is disabled alone may have left and come back long before.
            left = account.left_us is not None
            told = _told_at_leaving(tx, account.login) if left else ({}, {})
            return IsBack(NewPassword(account, given), *told)

        done = await self._store.write(work)
        if self._refresh is not None:
            await self._refresh()
        return done

    # ------------------------------------------------------------ inside a transaction

    def _belongings(self, tx: Transaction, login: str) -> Belongings:
        account = _found(tx, login)
        names = {box.id: box.name for box in tx.mailboxes.all()}
        rows = tx.conversations.all(None, None, account.login, ALL, empty=True)
        replying = tx.leavers.replying(account.id, self._clock() - SHOWN_US)
        return Belongings(
            account,
            sorted(
                (row for row in rows if row.status != self._done),
                key=lambda row: (row.mailbox, row.number),
            ),
            tx.leavers.waiting_mails(account.id),
            {names[id_]: count for id_, count in replying.items()},
            tx.leavers.named_in(account.id, self._done),
            _rules(tx, account.login),
            _open_sessions(tx, account.login, self._clock() - _RECENT_US),
            _colleagues(tx, account),
        )

    def _handed(
        self, tx: Transaction, had: Belongings, heirs: Heirs
    ) -> tuple[list[tuple[ConversationRow, str]], dict[str, Account]]:
        """To whom each goes, and who they are, by login."""
        login = had.account.login
        theirs = {row.number for row in had.conversations}
        for number in heirs.by_number:
            if number not in theirs:
                problem = f"{number} is no open conversation of {login}"
                instead = f"see: proxyd conversation list --assignee {login}"
                raise BadInput("--conversation", problem, instead)
        people = {one: _found(tx, one) for one in {heirs.rest, *heirs.by_number.values()} if one}
        if login in people:
            raise BadInput("--hand-over-to", f"{login} is the one who leaves", "name a colleague")
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        for row in had.conversations:
            heir = people.get(heirs.of(row.number))
            if heir is not None:
                _check_heir(heir, row.mailbox, boxes[row.mailbox], row.number)
        return [(row, heirs.of(row.number)) for row in had.conversations], people

    def _place(
        self,
        tx: Transaction,
        had: Belongings,
        handed: Sequence[tuple[ConversationRow, str]],
        people: Mapping[str, Account],
        heirs: Heirs,
        by: Actor,
    ) -> frozenset[int]:
        """What is theirs by the time it is carried out goes as well: they may be at work still."""
        boxes = {box.name: box.id for box in tx.mailboxes.all()}
        concerned = {*had.account.grants, *(boxes[row.mailbox] for row, _ in handed)}
        concerned |= {boxes[name] for name in had.replying}
        for mailbox_id in concerned:
            to: dict[int | None, int | None] = {None: _id(people.get(heirs.rest))}
            for row, heir in handed:
                if boxes[row.mailbox] == mailbox_id and row.number in heirs.by_number:
                    to[row.number] = _id(people.get(heir))
            actor = by.name.lower()
            tx.leavers.hand_over(had.account.id, mailbox_id, to, actor, by.origin)
        return frozenset(concerned)


def _found(tx: Transaction, login: str) -> Account:
    found = tx.accounts.find(login.strip().lower())
    if found is None:
        raise NotFound("user", login)
    return found[0]


def _guessed(tx: Transaction, login: str) -> Collection[str]:
    """What somebody would try who knows the person and the mailboxes."""
    account, boxes = _found(tx, login), tx.mailboxes.all()
    known = [text for box in boxes for text in (box.name, *box.addresses)]
    return words_in([*known, account.login, account.name])


def _id(account: Account | None) -> int | None:
    return account.id if account is not None else None


def _check_heir(heir: Account, mailbox: str, mailbox_id: int, number: int) -> None:
    """Away is not in the way: somebody has to have it. Raises BadInput."""
    if heir.disabled:
        raise BadInput(f"user {heir.login}", "is disabled", "name another colleague")
    if heir.grants.get(mailbox_id, 0) < Right.RESPOND:
        raise BadInput(
            f"user {heir.login}",
            f"may not answer in {mailbox}, which conversation {number} belongs to",
            f"name another colleague for it: --conversation {number}=LOGIN; or run "
            f'"proxyd user grant {heir.login} {mailbox}:respond"',
        )


def _counted(handed: Sequence[tuple[ConversationRow, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, heir in handed:
        counts[heir] = counts.get(heir, 0) + 1
    return counts


def _colleagues(tx: Transaction, leaver: Account) -> dict[str, Sequence[Account]]:
    """Whom ``_check_heir`` lets pass, of each mailbox."""
    others = [one for one in tx.accounts.all() if one.id != leaver.id and not one.disabled]
    return {
        box.name: [one for one in others if one.grants.get(box.id, 0) >= Right.RESPOND]
        for box in tx.mailboxes.all()
    }


def _rules(tx: Transaction, login: str) -> dict[str, list[str]]:
    """Those that give mail to them; what can't be read says so elsewhere."""
    found: dict[str, list[str]] = {}
    for box in tx.mailboxes.all():
        newest = tx.rules.newest(box.id)
        try:
            rules = read(newest.text) if newest is not None else ()
        except BadInput:
            continue
        names = [rule.name for rule in rules if login in rule.assignees]
        if names:
            found[box.name] = names
    return found


def _open_sessions(tx: Transaction, login: str, since_us: int) -> int:
    """Those that came in and are not told to have gone. IMAP alone has both."""

    def sessions(action: Action) -> set[str]:
        query = LogQuery(actor=login, action=action, outcome="ok", since_us=since_us)
        records = (one.record for one in tx.log.search(query))
        return {one.origin.session for one in records if one.origin.door == "imap"}

    return len(sessions(Action.LOGIN) - sessions(Action.LOGOUT))


def _told_at_leaving(tx: Transaction, login: str) -> tuple[dict[str, int], dict[str, int]]:
    """What was handed over, and what was revoked, when they left last."""
    records = tx.log.search(LogQuery(action=Action.ADMIN, newest_first=True))
    for one in records:
        detail = one.record.detail
        if detail.get("did") == DID and detail.get("login") == login:
            return _counts(detail.get("handed_over")), _counts(detail.get("revoked"))
    return {}, {}


def _counts(told: object) -> dict[str, int]:
    return {str(k): int(v) for k, v in told.items()} if isinstance(told, dict) else {}
