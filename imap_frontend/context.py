"""What the handlers of one connection share: line, services, state. No decisions in here."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from imap_frontend import capabilities
from imap_frontend.options import Options
from imap_frontend.refusals import lasts, refusal
from imap_frontend.rendered import Rendered
from imap_frontend.replies import goodbye, sentence
from imap_frontend.view import ALERTS_MAX, ClientView
from imap_frontend.wire import ConnectionGone, Garbled, Wire
from proxyd.domain.errors import ProxydError
from proxyd.domain.types import Account, Origin
from proxyd.imapwire.framer import CommandFramer, FramerEvent
from proxyd.service.api.mail import Front, Mail
from proxyd.service.api.sign_in import SignIn


class ConnectionState(enum.Enum):
    """RFC 9051 §3."""

    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True)
class Done:
    """A handler's result: the tagged OK, and what happens once it is written."""

    key: str = "done"
    code: bytes = b""
    then: Callable[[], None] | None = None


class Rejected(Exception):
    """NO for a reason that only this door knows; ``key`` and ``code`` for the tagged line."""

    def __init__(self, key: str, code: str = "", **facts: str) -> None:
        super().__init__(key)
        self.key = key
        self.code = code
        self.facts = facts


class Newsman(Protocol):
    """Says what happens outside the commands of one client (notifier.py)."""

    @property
    def is_silent_about_selected(self) -> bool: ...

    @property
    def tells_flags(self) -> bool:
        """Of the selected view, when somebody else changes them."""
        ...

    async def tell(self, *, idling: bool) -> None: ...


class Context:
    def __init__(
        self,
        wire: Wire,
        options: Options,
        sign_in: SignIn,
        front: Front,
        *,
        peer: str,
        word: str,
        tls_offered: bool,
        rendered: Rendered | None = None,
    ) -> None:
        self.wire = wire
        self.options = options
        self.sign_in = sign_in
        self.front = front
        self.rendered = rendered or Rendered()  # what other sessions were told, ready to be sent
        self.framer = CommandFramer(options.limits, options.spool)
        self.state = ConnectionState.NOT_AUTHENTICATED
        self.client = ""
        self.failures = 0
        self.farewell = ""
        self.alerts: list[str] = []
        self._said_once: set[str] = set()  # of what lasts
        # Heard something in IDLE: its next NOOP is no act of its user's, and Thunderbird shows none
        # of what it hears with that.
        self.is_roused = False
        self.enabled: set[str] = set()  # extensions this client turned on, in upper case
        self.tag = b""  # of the command being answered
        # The session's, set by it.
        self.register: Callable[[Account], None] = _nobody
        self.identified: Callable[[str], Awaitable[None]] = _unheard
        self._mail: Mail | None = None
        self._view: ClientView | None = None
        self._notifier: Newsman | None = None
        self._peer = peer
        self._word = word
        self._tls_offered = tls_offered

    # ------------------------------------------------------------ where we are

    @property
    def mail(self) -> Mail:
        if self._mail is None:
            raise RuntimeError("the state table let a command through before sign-in")
        return self._mail

    @property
    def signed_in(self) -> bool:
        return self._mail is not None

    @property
    def view(self) -> ClientView:
        if self._view is None:
            raise RuntimeError("the state table let a command through without a view")
        return self._view

    @property
    def selected(self) -> ClientView | None:
        return self._view

    @property
    def language(self) -> str:
        """Of the mailbox that is open; else of the person's first one."""
        if self._view is not None:
            return self._view.opened.language
        return self._mail.language if self._mail is not None else self.options.language

    @property
    def origin(self) -> Origin:
        return Origin("imap", self._peer, self.client, self._word)

    @property
    def may_sign_in(self) -> bool:
        """A password in clear only where nobody can listen: under TLS, or on loopback."""
        return self.wire.secure or _is_loopback(self._peer)

    @property
    def tls_offered(self) -> bool:
        return self._tls_offered and not self.wire.secure

    def capabilities(self) -> bytes:
        return capabilities.announced(
            signed_in=self._mail is not None,
            may_sign_in=self.may_sign_in,
            tls_offered=self.tls_offered,
            append_limit=self.options.limits.append,
            may_compress=self.options.compress and not self.wire.compressed,
        )

    # ------------------------------------------------------------ what is turned on

    def has(self, extension: str) -> bool:
        """Has the client turned this on? Upper case: "CONDSTORE", "IMAP4REV2"."""
        return extension in self.enabled

    @property
    def utf8(self) -> bool:
        """Names of mailboxes are UTF-8 both ways (RFC 6855 §3, RFC 9051 Appendix A.1)."""
        return not self.enabled.isdisjoint(("UTF8=ACCEPT", "IMAP4REV2"))

    def enable(self, extension: str) -> None:
        """Turn on for the rest of the connection; RFC 7162 §3.2.3: QRESYNC has CONDSTORE in it."""
        if extension in ("CONDSTORE", "QRESYNC"):
            self._condstore()
        self.enabled.add(extension)

    def _condstore(self) -> None:
        """RFC 7162 §3.1: the first CONDSTORE enabling command tells where things stand."""
        if "CONDSTORE" in self.enabled:
            return
        self.enabled.add("CONDSTORE")
        if self._view is not None:
            self.say_ok(b"HIGHESTMODSEQ %d" % self._view.begin_modseqs(), "highest")

    # ------------------------------------------------------------ news outside of commands

    @property
    def notifier(self) -> Newsman | None:
        """None until the client says NOTIFY (RFC 5465)."""
        return self._notifier

    def notify(self, newsman: Newsman) -> None:
        self._notifier = newsman

    # ------------------------------------------------------------ moving on

    def enter(self, mail: Mail) -> None:
        self._mail = mail
        self.framer.authenticated = True
        self.state = ConnectionState.AUTHENTICATED

    def select(self, view: ClientView) -> None:
        self._view = view
        self.state = ConnectionState.SELECTED

    def deselect(self) -> bool:
        """Leave the selected view, if any; was there one?"""
        view, self._view = self._view, None
        if view is None:
            return False
        self.state = ConnectionState.AUTHENTICATED
        for key, facts in view.alerts:
            self.alert(self.text(key, facts))
        view.opened.close()
        return True

    def hang_up(self, key: str) -> None:
        """End the session after the running command, with this sentence."""
        self.state = ConnectionState.LOGOUT
        self.farewell = key

    # ------------------------------------------------------------ talking

    def text(self, key: str, facts: Mapping[str, str] | None = None) -> str:
        return sentence(key, self.language, facts)

    def say(self, line: bytes) -> None:
        """An untagged response."""
        self.wire.write(b"* " + line + b"\r\n")

    def say_ok(self, code: bytes, key: str) -> None:
        self.say(b"OK [" + code + b"] " + self.text(key).encode())

    def say_changes(self, view: ClientView, *, expunge: bool) -> None:
        """What a client that asks for nothing hears of its view (IDLE, NOTIFY)."""
        self.wire.write(view.flush(expunge=expunge))
        self.say_highest(view)

    def say_highest(self, view: ClientView) -> None:
        """Once behind each ``flush``, on a line of its own where it is due."""
        highest = view.maybe_highest()
        if highest is not None:
            self.say_ok(b"HIGHESTMODSEQ %d" % highest, "highest")

    def alert_refusal(self, error: ProxydError, *, lasting: bool = False) -> None:
        """What a client doesn't show with the answer; of what lasts, once in a session."""
        text = refusal(error, self.language)[1]
        if not lasting and not lasts(error):
            self.alert(text)
        elif text not in self._said_once:
            self._said_once.add(text)
            self.alert(text)

    def alert(self, text: str) -> None:
        """A sentence for the user's next NOOP or SELECT, where Thunderbird shows it."""
        if text not in self.alerts and len(self.alerts) < ALERTS_MAX:
            self.alerts.append(text)

    def say_alerts(self) -> None:
        view = self._view
        if view is not None:
            for key, facts in view.alerts:
                self.alert(self.text(key, facts))
            view.alerts.clear()
        for text in self.alerts:
            self.say(b"OK [ALERT] " + text.encode())
        self.alerts.clear()
        self.is_roused = False

    # ------------------------------------------------------------ listening

    def next_event(self) -> FramerEvent | None:
        """What the client sent next, if it is all there."""
        event = self.framer.next()
        if event is None:
            try:
                data = self.wire.take()
            except Garbled:
                self.wire.close(goodbye("garbled", self.language))
                raise ConnectionGone from None
            if data:
                self.framer.feed(data)
                event = self.framer.next()
        return event


def _nobody(_account: Account) -> None:
    raise RuntimeError("no session has set this")


async def _unheard(_client: str) -> None:
    raise RuntimeError("no session has set this")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
