"""Why a move or a deletion is refused, whatever the program: each cause begins, and ends again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from proxyd.imapwire import mutf7
from tests.e2e.conftest import Company
from tests.e2e.hostile import quirks
from tests.e2e.hostile.provider import CUT, FAITHFUL, HostileProvider
from tests.e2e.installation import PEOPLE
from tests.patience import until
from tests.servers.certificates import Certificates

CHANGES = rb"(UID )?(COPY|MOVE|APPEND) "  # what takes room at the provider


@dataclass
class Office:
    """A company whose provider stands behind a door that may say other things."""

    company: Company
    door: HostileProvider


@contextmanager
def behind_a_door(company: Company, certificates: Certificates) -> Iterator[Office]:
    door = HostileProvider(company.dovecot, certificates)
    door.start()
    user = company.dovecot.user.replace("@", "%40")
    address = f"imaps://{user}@127.0.0.1:{door.port}"
    company.proxy.typed("mailbox", "set", "support", "--imap", address)
    until(lambda: door.asked.get(company.dovecot.user))
    yield Office(company, door)
    door.stop()


@contextmanager
def _answers(office: Office, answer: bytes) -> Iterator[None]:
    """What the provider says to whatever needs room."""
    user = office.company.dovecot.user
    office.door.quirks[user] = quirks.commands(CHANGES, answer)
    yield
    office.door.quirks[user] = FAITHFUL
    until(lambda: _is_served(office))


def full(office: Office) -> AbstractContextManager[None]:
    return _answers(office, b"TAG NO [OVERQUOTA] Quota exceeded (mailbox for user is full)\r\n")


def busy(office: Office) -> AbstractContextManager[None]:
    return _answers(office, b"TAG NO [INUSE] Mailbox is locked by another process\r\n")


def breaks_off(office: Office) -> AbstractContextManager[None]:
    return _answers(office, CUT)


def says_nothing(office: Office) -> AbstractContextManager[None]:
    return _answers(office, b"")


@contextmanager
def is_gone(office: Office) -> Iterator[None]:
    """Its connections are refused."""
    user = office.company.dovecot.user
    office.door.quirks[user] = quirks.commands(b".*", CUT)
    yield
    office.door.quirks[user] = FAITHFUL
    until(lambda: _is_served(office))


def _is_served(office: Office) -> bool:
    """It is asked again in its own time, whatever /readyz says of the line that watches."""
    with office.company.proxy.imap("ben") as ben:
        probe = b"From: ben@example.test\r\nSubject: probe\r\n\r\n"
        stored: str = ben.append("Trash", "", "", probe)[0]  # type: ignore[arg-type]
    return stored == "OK" and office.company.proxy.http("/readyz")[0] == 200


def may_only_read(office: Office) -> AbstractContextManager[None]:
    return _granted(office, "read", "respond")


def may_not_destroy(office: Office) -> AbstractContextManager[None]:
    return _granted(office, "respond", "manage")


@contextmanager
def _granted(office: Office, right: str, then: str) -> Iterator[None]:
    _grant(office, right)
    yield
    _grant(office, then)


def _grant(office: Office, right: str) -> None:
    """Another process does it: the proxy has heard of it when this returns."""
    proxy = office.company.proxy
    proxy.typed("user", "grant", "anna", f"support:{right}")

    def is_known() -> bool:
        with proxy.imap("anna") as client:
            rights = client.myrights("Projects")[1][0].split()[-1]
            listed = b"\n".join(str(row).encode() for row in client.list()[1])
        can = {"read": b"i" not in rights, "respond": b"i" in rights, "manage": b"x" in rights}
        # The folder of one's own work comes and goes a moment later.
        own = mutf7.encode(PEOPLE["anna"]) in listed
        return can[right] and (right == "manage") == (b"x" in rights) and (own or right == "read")

    until(is_known)


@dataclass(frozen=True)
class Cause:
    """Of a move, or where there is no ``target`` of a deletion.

    ``afterwards``: in which folders the mail lies once the cause is gone and the program has had
    another turn. ``never_again``: the same for programs that don't ask again by themselves.
    """

    begun: Callable[[Office], AbstractContextManager[None]]
    source: str
    target: str
    afterwards: tuple[str, ...]
    never_again: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# mbsync before 1.5 offers a mail once: what it could not store is where it was, and in the
# person's own copy.
_ONCE = {"mbsync": ("INBOX",)}
CAUSES = {
    "full": Cause(full, "INBOX", "Projects", ("Projects",), _ONCE),
    "full-deleting": Cause(full, "INBOX", "", ("Trash",), {"offlineimap": ("INBOX",)}),
    "busy": Cause(busy, "INBOX", "Projects", ("Projects",), _ONCE),
    "breaks-off": Cause(breaks_off, "INBOX", "Projects", ("Projects",), _ONCE),
    "says-nothing": Cause(says_nothing, "INBOX", "Projects", ("Projects",), _ONCE),
    "gone": Cause(is_gone, "INBOX", "Projects", ("Projects",), _ONCE),
    "reads": Cause(may_only_read, "INBOX", "Status/Done", ("INBOX",)),
    "reads-first": Cause(may_only_read, "INBOX", "Archive", ("Archive",), _ONCE),
    "reads-last": Cause(may_only_read, "INBOX", "Projects", ("Projects",), _ONCE),
    "destroys": Cause(
        may_not_destroy, "Trash", "", (), {"mbsync": ("Trash",), "offlineimap": ("Trash",)}
    ),
}
