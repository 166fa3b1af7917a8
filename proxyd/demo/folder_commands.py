"""Commands about folders: selecting, listing, counting, making and removing them."""

from __future__ import annotations

from collections.abc import Callable

from proxyd.demo import folder_listing
from proxyd.demo.mailbox import DELIMITER, INBOX, DemoFolder
from proxyd.demo.session import DemoRefusal, DemoSession, Invalid
from proxyd.imapwire.command import (
    Close,
    Create,
    Delete,
    List,
    Lsub,
    Rename,
    Select,
    Status,
    Subscribe,
    Unselect,
    Unsubscribe,
)
from proxyd.imapwire.encode import flag_list, mailbox
from proxyd.imapwire.flags import SYSTEM_FLAGS

_MAX_FOLDERS = 1000  # a client gone wild must not fill the disk
_MAX_NAME = 500  # characters, all levels together


async def select(session: DemoSession, command: Select) -> str:
    if command.condstore or command.qresync is not None:
        raise Invalid("Unknown SELECT parameter")
    session.unselect()  # RFC 9051 §6.3.2: also when the SELECT fails
    folder = session.folder(command.mailbox)
    view = session.select(folder, read_only=command.read_only)
    unseen = next((m.uid for m in folder.messages.values() if not m.has("\\Seen")), None)
    permanent = () if command.read_only else (*SYSTEM_FLAGS, "\\*")
    session.send(
        b"FLAGS " + flag_list([*SYSTEM_FLAGS, *_keywords(folder)]),
        b"OK [PERMANENTFLAGS %b] Flags that can be kept" % flag_list(permanent),
        b"%d EXISTS" % len(view.told),
        b"0 RECENT",
        b"OK [UIDVALIDITY %d] UIDs valid" % folder.uidvalidity,
        b"OK [UIDNEXT %d] Next UID" % folder.uidnext,
    )
    if unseen is not None:
        session.send(b"OK [UNSEEN %d] First unread message" % view.number(unseen))
    return "[READ-ONLY] Selected" if command.read_only else "[READ-WRITE] Selected"


def _keywords(folder: DemoFolder) -> list[str]:
    used = {flag for message in folder.messages.values() for flag in message.flags}
    return sorted(used - set(SYSTEM_FLAGS))


async def close(session: DemoSession, _: Close) -> str:
    """RFC 9051 §6.4.1: what is marked \\Deleted goes, without a word."""
    view = session.selected
    if not view.read_only:
        messages = view.folder.messages.values()
        session.mailbox.expunge(view.folder, [m.uid for m in messages if m.has("\\Deleted")])
    session.unselect()
    return "CLOSE completed"


async def unselect(session: DemoSession, _: Unselect) -> str:
    session.unselect()
    return "UNSELECT completed"


async def list_folders(session: DemoSession, command: List) -> str:
    if "MYRIGHTS" in command.returns:
        raise Invalid("Unknown LIST return option")
    if command.patterns == ("",) and not command.extended:
        session.send(b'LIST (\\Noselect) "/" ""')  # RFC 9051 §6.3.9: a question for the delimiter
        return "LIST completed"
    for row in folder_listing.listed(session.mailbox, command):
        session.send(row.line(b"LIST"))
        folder = session.mailbox.folders.get(row.name)
        if command.status and folder is not None:
            session.send(_status(folder, command.status))
    return "LIST completed"


async def list_subscribed(session: DemoSession, command: Lsub) -> str:
    for row in folder_listing.subscribed(session.mailbox, command.reference + command.pattern):
        session.send(row.line(b"LSUB"))
    return "LSUB completed"


async def status(session: DemoSession, command: Status) -> str:
    session.send(_status(session.folder(command.mailbox), command.items))
    return "STATUS completed"


def _status(folder: DemoFolder, items: tuple[str, ...]) -> bytes:
    """Raises Invalid for items of extensions."""
    count = len(folder.messages)
    values: dict[str, Callable[[], int]] = {
        "MESSAGES": lambda: count,
        "RECENT": lambda: 0,
        "UIDNEXT": lambda: folder.uidnext,
        "UIDVALIDITY": lambda: folder.uidvalidity,
        "UNSEEN": lambda: count - folder.count("\\Seen"),
        "SIZE": lambda: sum(message.size for message in folder.messages.values()),
    }
    if not values.keys() >= set(items):
        raise Invalid("Unknown STATUS item")
    told = " ".join(f"{item} {values[item]()}" for item in items)
    return b"STATUS %b (%b)" % (mailbox(folder.name), told.encode("ascii"))


async def create(session: DemoSession, command: Create) -> str:
    if command.special is not None:
        raise Invalid("Unknown CREATE parameter")
    name = _new_name(session, command.name)
    session.mailbox.create(name)
    return "CREATE completed"


def _new_name(session: DemoSession, name: str) -> str:
    """The name without its closing delimiter (RFC 9051 §6.3.4), or a refusal."""
    name = name.removesuffix(DELIMITER)
    if not all(name.split(DELIMITER)) or len(name) > _MAX_NAME or set(name) & set("*%"):
        raise DemoRefusal("This can't be a mailbox name", "CANNOT")
    if name in session.mailbox.folders:
        raise DemoRefusal("The mailbox exists", "ALREADYEXISTS")
    if len(session.mailbox.folders) >= _MAX_FOLDERS:
        raise DemoRefusal("Too many mailboxes", "LIMIT")
    return name


async def delete(session: DemoSession, command: Delete) -> str:
    session.folder(command.mailbox)
    if command.mailbox == INBOX:
        raise DemoRefusal("INBOX can't be deleted", "CANNOT")
    if session.mailbox.children(command.mailbox):
        raise DemoRefusal("There are mailboxes below it", "HASCHILDREN")
    if session.view is not None and session.view.folder.name == command.mailbox:
        session.unselect()
    session.mailbox.delete(command.mailbox)
    return "DELETE completed"


async def rename(session: DemoSession, command: Rename) -> str:
    session.folder(command.mailbox)
    name = _new_name(session, command.to)
    if name.startswith(command.mailbox + DELIMITER):
        raise DemoRefusal("A mailbox can't go below itself", "CANNOT")
    if command.mailbox == INBOX:  # RFC 9051 §6.3.6: its messages move, INBOX stays
        inbox = session.mailbox.folders[INBOX]
        session.mailbox.move(inbox, list(inbox.messages), session.mailbox.create(name))
    else:
        session.mailbox.rename(command.mailbox, name)
    return "RENAME completed"


async def subscribe(session: DemoSession, command: Subscribe) -> str:
    name = command.mailbox.removesuffix(DELIMITER)
    session.folder(name)
    session.mailbox.subscribe(name)
    return "SUBSCRIBE completed"


async def unsubscribe(session: DemoSession, command: Unsubscribe) -> str:
    session.mailbox.unsubscribe(command.mailbox.removesuffix(DELIMITER))
    return "UNSUBSCRIBE completed"
