"""Why something was not done. The class is the kind of refusal, the attributes are the facts.

No text for clients in here: the two ``replies`` files choose sentence and code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class ProxydError(Exception):
    """Base of everything the edges turn into NO, 4xx or 5xx."""


class Refused(ProxydError):
    """The request is understood and not carried out."""


class NoSuchView(Refused):
    """No folder of that name is visible to this person (it may exist for others)."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class AlreadyExists(Refused):
    """A folder, account or mailbox of that name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotPermitted(Refused):
    """The grant does not reach that far. ``need`` is the missing right's word, ``what`` the
    mailbox it is missing on ("": on every one); ``name`` that of the colleague whose work it is.
    """

    def __init__(self, need: str, what: str = "", name: str = "") -> None:
        super().__init__(need, what, name)
        self.need = need
        self.what = what
        self.name = name


class CannotDo(Refused):
    """Not possible there, whoever asks. ``reason`` is a key of the replies table."""

    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason, facts)
        self.reason = reason
        self.facts = facts


class ReadOnly(Refused):
    """The view was opened with EXAMINE."""


class AlreadyTaken(Refused):
    """First wins: the conversation belongs to ``name`` (login ``login``) already.

    ``message_id``: of which mail that is said; ``subject`` its subject, "" while nobody has asked.
    """

    def __init__(self, login: str, name: str, message_id: str = "", subject: str = "") -> None:
        super().__init__(login, name)
        self.login = login
        self.name = name
        self.message_id = message_id
        self.subject = subject


class UnknownStatus(Refused):
    """A status or assignee keyword that is none of ours."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword


class NoSuchReference(Refused):
    """A CATENATE URL names what is not there. ``number`` counts the URLs of the command from 1."""

    def __init__(self, number: int = 1) -> None:
        super().__init__(number)
        self.number = number


class UnknownEncoding(Refused):
    """A part's content transfer encoding can't be undone (RFC 3516 §4.3)."""


class UnknownSpecial(Refused):
    """The upstream can't give a folder this special use (RFC 6154 §3)."""


class SignInFailed(Refused):
    """Unknown login, wrong password, disabled account, or a mailbox that the person has no grant
    for: deliberately not told apart.
    """


class WrongCode(SignInFailed):
    """The password is right, and the code of the second factor is not, or was used before."""


class CodesPaused(SignInFailed):
    """Too many wrong codes in a row: none is looked at for ``pause_s`` seconds more."""

    def __init__(self, pause_s: int) -> None:
        super().__init__(pause_s)
        self.pause_s = pause_s


class SingleSignOnRefused(SignInFailed):
    """What came back from the organisation's identity provider lets nobody in. ``reason`` is for
    the access log alone: a word, or a few.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PasskeyRefused(Refused):
    """What a device answered makes no passkey. ``reason``: a word of
    domain/passkey.PasskeyFault, for the person who sets one up; who signs in hears SignInFailed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NothingToSendFrom(SignInFailed):
    """The password is right, at the door for sending, and no grant reaches as far as sending."""


class ReadsNoMail(SignInFailed):
    """The password is right, at a door for mail, and the role reads none."""


class NoMailboxYet(SignInFailed):
    """The password is right, a mailbox was asked for, and the person has been given none at all."""


class NeedsAppPassword(SignInFailed):
    """The person's own password is right, at a door for mail that only an application password
    opens for them.
    """


class BadInput(Refused):
    """What an admin typed is not usable. For the command line and the web pages, never for mail.

    ``what`` names the thing ("login"), ``problem`` what is wrong with it, ``instead`` what to
    write.
    """

    def __init__(self, what: str, problem: str, instead: str) -> None:
        super().__init__(f"{what}: {problem}; {instead}")
        self.what = what
        self.problem = problem
        self.instead = instead
        self.all: tuple[BadInput, ...] = (self,)


class Mistakes(BadInput):
    """Several, to be mended in one go; for who looks at one only, it is the first of them."""

    def __init__(self, all_: Sequence[BadInput]) -> None:
        super().__init__(all_[0].what, all_[0].problem, all_[0].instead)
        self.all = tuple(all_)


class Gathering:
    """What was typed is looked at to the end, and what is wrong with it is raised together."""

    def __init__(self) -> None:
        self.found: list[BadInput] = []

    def of(self, check: Callable[[], T], otherwise: T) -> T:
        """``otherwise`` stands in for what is not usable, until ``done``."""
        try:
            return check()
        except BadInput as error:
            self.found += error.all
            return otherwise

    def done(self) -> None:
        """Raises BadInput, Mistakes."""
        if self.found:
            raise self.found[0] if len(self.found) == 1 else Mistakes(self.found)


class NotFound(Refused):
    """An admin named an account or a shared mailbox that does not exist. ``kind`` says which;
    ``meant`` is one that does exist, and is nearly called so.
    """

    def __init__(self, kind: str, name: str, meant: str = "") -> None:
        super().__init__(kind, name)
        self.kind = kind
        self.name = name
        self.meant = meant


class TooOften(Refused):
    """More than a person asks in that time; ``pause_s``: until the next one is taken."""

    def __init__(self, pause_s: int) -> None:
        super().__init__(pause_s)
        self.pause_s = pause_s


class ExportsUnderWay(Refused):
    """As many as one person may have at a time, ``most``."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class AskedOtherwise(Refused):
    """Under the same Idempotency-Key something else was asked before."""


class StillAsked(Refused):
    """The same is being carried out at this moment, under the same Idempotency-Key."""


class AnswerLost(Refused):
    """It was carried out under this Idempotency-Key, and we died before we could answer."""


class Busy(Refused):
    """A bounded queue is full; try again later."""


class UpstreamError(ProxydError):
    """Base of what the provider's side makes impossible."""


class UpstreamUnavailable(UpstreamError):
    """No answer, connection lost, or sign-in refused upstream. ``reason`` is for log and alarm."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UpstreamSignInRefused(UpstreamUnavailable):
    """The provider refuses the shared mailbox's credentials: an admin must act."""


class UpstreamLimited(UpstreamUnavailable):
    """The provider wants fewer connections or less work from us, for a while."""


class UpstreamNoRoom(UpstreamUnavailable):
    """There is no room here for what the provider sends: the disk of this machine is full."""


class UpstreamRefused(UpstreamError):
    """The provider answered NO or BAD. ``text`` is its sentence, ``code`` its response code or
    ''.
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class UpstreamFolderMissing(UpstreamRefused):
    """The folder cannot be selected (deleted or renamed by somebody else)."""


class UpstreamFolderShut(UpstreamFolderMissing):
    """The provider refuses to open it and has no code for why: it may be missing, or may not be.

    What is looked at again is the same; a client that heard "it is gone" might drop its copy.
    """


class UpstreamFolderRefused(UpstreamRefused):
    """The folder is there, and the provider does not open it now."""


class UidValidityChanged(UpstreamError):
    """The folder's UIDVALIDITY upstream is not the expected one: UIDs must be mapped anew."""

    def __init__(self, folder: str, now: int) -> None:
        super().__init__(folder, now)
        self.folder = folder
        self.now = now


class RelayRefused(UpstreamError):
    """The upstream SMTP server refused: ``code`` 4xx or 5xx, ``recipient`` where one was the
    cause.
    """

    def __init__(self, code: int, text: str, recipient: str | None = None) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.recipient = recipient


class RelayUnavailable(UpstreamError):
    """The upstream SMTP server could not be reached, or the line broke.

    ``uncertain`` is True when the message may have been accepted: the line broke after the final
    dot.
    """

    def __init__(self, reason: str, *, uncertain: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.uncertain = uncertain


class ProviderUnavailable(ProxydError):
    """The organisation's identity provider does not answer, or not as one. ``reason`` is for the
    logs: it may hold what is configured, never what the provider said.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreUnavailable(ProxydError):
    """The database cannot be written: nothing may be shown, because nothing could be logged.

    The argument is a sentence for the admin: what is at fault and, where known, the remedy.
    """


class LogGone(StoreUnavailable):
    """The access log's table is not there: somebody removed it, for no version is without it."""
