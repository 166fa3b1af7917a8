"""Who may say what at the doors for mail, and what is answered: the table of docs/permissions.md.

One row at least for each command that a door knows, tried for each role and right
(test_imap.py, test_smtp.py). ``python -m tests.permissions_table`` writes it into the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.types import Right, Role
from tests.permissions.house import ADDRESS, LOGIN, OTHERS, PASSWORD, PLAIN, TAKEN, Person

# Who is at the door; every person is one of these.
NOBODY = "nobody"
COLUMNS = (NOBODY, *(right.word for right in Right))


def column_of(person: Person) -> str:
    """What role and right come to: without a grant there is no mail, and an auditor has none."""
    if person.role is Role.AUDITOR or person.right is None:
        return NOBODY
    return person.right.word


@dataclass(frozen=True)
class Row:
    """``does``: for people. ``text``: what is sent, "{at}" a folder. ``answers``: one for each
    column. ``first``: what is sent before, whatever its answer.
    """

    command: str
    does: str
    text: str
    answers: str
    first: tuple[str, ...] = ()

    @property
    def expected(self) -> dict[str, str]:
        return dict(zip(COLUMNS, self.answers.split(), strict=True))


SIGNING_IN = frozenset({"LOGIN", "AUTHENTICATE", "AUTH"})  # tried before anything else was said
IN = ("SELECT INBOX",)


def literal(text: str) -> str:
    return f"{{{len(text)}+}}\r\n{text}"


_NEW = literal("From: support@example.test\r\nSubject: new\r\n\r\nnew")
_NOTE = literal(
    "From: support@example.test\r\nSubject: Re: Order\r\nIn-Reply-To: <m1@x>\r\n\r\nwho?"
)
_ALL = "OK OK OK OK OK"
_SIGNED_IN = "BAD OK OK OK OK"
_WHO_ANSWERS = "BAD NO OK OK OK"
_WHO_MANAGES = "BAD NO NO NO OK"
_NO_ONE = "BAD NO NO NO NO"

IMAP: tuple[Row, ...] = (
    Row("CAPABILITY", "ask what the server can do", "CAPABILITY", _ALL),
    Row("NOOP", "nothing", "NOOP", _ALL),
    Row("ID", "say and ask which program", "ID NIL", _ALL),
    Row("LOGOUT", "leave", "LOGOUT", _ALL),
    Row("STARTTLS", "encrypt what is encrypted", "STARTTLS", "BAD BAD BAD BAD BAD"),
    Row("LOGIN", "sign in", f"LOGIN {LOGIN} {PASSWORD}", "NO OK OK OK OK"),
    Row("AUTHENTICATE", "sign in", f"AUTHENTICATE PLAIN {PLAIN}", "NO OK OK OK OK"),
    Row("ENABLE", "turn on an extension", "ENABLE CONDSTORE", _SIGNED_IN),
    Row("COMPRESS", "compress the line", "COMPRESS DEFLATE", _SIGNED_IN),
    Row("NAMESPACE", "ask where folders stand", "NAMESPACE", _SIGNED_IN),
    Row("LIST", "list folders", 'LIST "" "*"', _SIGNED_IN),
    Row("LSUB", "list subscribed folders", 'LSUB "" "*"', _SIGNED_IN),
    Row("SELECT", "open a folder", "SELECT INBOX", _SIGNED_IN),
    Row("EXAMINE", "open a folder, to read only", "EXAMINE INBOX", _SIGNED_IN),
    Row("STATUS", "count a folder's mails", "STATUS INBOX (MESSAGES)", _SIGNED_IN),
    Row("IDLE", "wait for news", "IDLE", _SIGNED_IN),
    Row("NOTIFY", "choose of what to hear", "NOTIFY NONE", _SIGNED_IN),
    Row("SUBSCRIBE", "subscribe to a folder", "SUBSCRIBE Archive", _SIGNED_IN),
    Row("UNSUBSCRIBE", "unsubscribe from a folder", "UNSUBSCRIBE Archive", _SIGNED_IN),
    Row("CREATE", "make a folder", "CREATE New", _WHO_ANSWERS),
    Row("RENAME", "rename a folder", "RENAME Old Renamed", _WHO_MANAGES),
    Row("DELETE", "delete a folder", "DELETE Older", _WHO_MANAGES),
    Row("APPEND", "put a mail into a folder", f"APPEND Archive {_NEW}", _WHO_ANSWERS),
    Row("APPEND", "save a draft", f"APPEND Drafts (\\Draft) {_NEW}", _WHO_ANSWERS),
    Row("APPEND", "write a note to colleagues", f"APPEND Status/Notes {_NOTE}", _WHO_ANSWERS),
    Row("MYRIGHTS", "ask for one's rights", "MYRIGHTS INBOX", _SIGNED_IN),
    Row("GETACL", "ask for rights (only one's own are told)", "GETACL INBOX", _SIGNED_IN),
    Row("LISTRIGHTS", "ask what can be given", f"LISTRIGHTS INBOX {LOGIN}", _SIGNED_IN),
    Row("SETACL", "give a right", "SETACL INBOX anna lr", _NO_ONE),
    Row("DELETEACL", "take a right away", "DELETEACL INBOX anna", _NO_ONE),
    Row("GETQUOTA", "ask for a limit that there is not", 'GETQUOTA "x"', _NO_ONE),
    Row("GETQUOTAROOT", "ask for a folder's limits", "GETQUOTAROOT INBOX", _SIGNED_IN),
    Row("SETQUOTA", "set a limit", 'SETQUOTA "" (STORAGE 1)', _NO_ONE),
    Row("GETMETADATA", "read an annotation", "GETMETADATA INBOX /private/comment", _SIGNED_IN),
    Row(
        "SETMETADATA",
        "annotate a folder for oneself",
        'SETMETADATA INBOX (/private/comment "mine")',
        _SIGNED_IN,
    ),
    Row(
        "SETMETADATA",
        "annotate a folder for all",
        'SETMETADATA INBOX (/shared/comment "ours")',
        _WHO_MANAGES,
    ),
    Row("CHECK", "nothing", "CHECK", _SIGNED_IN, IN),
    Row("CLOSE", "close the folder", "CLOSE", _SIGNED_IN, IN),
    Row("UNSELECT", "close the folder", "UNSELECT", _SIGNED_IN, IN),
    Row("SEARCH", "search", "SEARCH ALL", _SIGNED_IN, IN),
    Row("SORT", "sort", "SORT (DATE) UTF-8 ALL", _SIGNED_IN, IN),
    Row("THREAD", "sort by conversation", "THREAD REFERENCES UTF-8 ALL", _SIGNED_IN, IN),
    Row("FETCH", "look at the list", "FETCH 1 (UID FLAGS ENVELOPE)", _SIGNED_IN, IN),
    Row("FETCH", "read a mail", "FETCH 2 BODY[]", _SIGNED_IN, IN),
    Row("STORE", "mark as read, for oneself", "STORE 1 +FLAGS (\\Seen)", _SIGNED_IN, IN),
    Row("STORE", "flag, for all", "STORE 1 +FLAGS (\\Flagged)", _WHO_ANSWERS, IN),
    Row("STORE", "set the status", "STORE 1 +FLAGS ($status-hold)", _WHO_ANSWERS, IN),
    Row("STORE", "take a mail", f"STORE 2 +FLAGS ($assignee-{LOGIN})", _WHO_ANSWERS, IN),
    Row("STORE", "give it to a colleague", "STORE 1 +FLAGS ($assignee-ben)", _WHO_ANSWERS, IN),
    Row(
        "STORE",
        "take what a colleague has",
        f"STORE {TAKEN} +FLAGS ($assignee-{LOGIN})",
        _WHO_MANAGES,
        IN,
    ),
    Row("COPY", "copy to a folder", "COPY 1 Archive", _WHO_ANSWERS, IN),
    Row("COPY", "set the status", "COPY 2 Status/Done", _WHO_ANSWERS, IN),
    Row("MOVE", "move to a folder", "MOVE 4 Archive", _WHO_ANSWERS, IN),
    Row("MOVE", "set the status", "MOVE 2 Status/Checking", _WHO_ANSWERS, IN),
    Row(
        "EXPUNGE",
        "remove what is marked as deleted, to Trash (by who only reads, nothing is)",
        "EXPUNGE",
        _SIGNED_IN,
        (*IN, "STORE 1 +FLAGS (\\Deleted)"),
    ),
    Row(
        "EXPUNGE",
        "remove a mail in Trash, for good (by who only reads, nothing is marked)",
        "EXPUNGE",
        "BAD OK NO NO OK",
        ("SELECT Trash", "STORE 1 +FLAGS (\\Deleted)"),
    ),
)

_FROM = f"MAIL FROM:<{ADDRESS}>"
_TO = "RCPT TO:<c@example.com>"
MAIL = f"From: {ADDRESS}\r\nTo: c@example.com\r\nSubject: x\r\nMessage-ID: <z@x>\r\n\r\nhello\r\n."

SMTP: tuple[Row, ...] = (
    Row("EHLO", "greet", "EHLO pc.example", "250 250 250 250 250"),
    Row("HELO", "greet", "HELO pc.example", "250 250 250 250 250"),
    Row("NOOP", "nothing", "NOOP", "250 250 250 250 250"),
    Row("RSET", "begin anew", "RSET", "250 250 250 250 250"),
    Row("HELP", "ask for help", "HELP", "214 214 214 214 214"),
    Row("VRFY", "ask for an address (never told)", f"VRFY {LOGIN}", "252 252 252 252 252"),
    Row("EXPN", "ask for a list", "EXPN all", "502 502 502 502 502"),
    Row("STARTTLS", "encrypt, where it is not offered", "STARTTLS", "502 502 502 502 502"),
    Row("AUTH", "sign in", f"AUTH PLAIN {PLAIN}", "535 535 235 235 235"),
    Row("MAIL", "write from the mailbox", _FROM, "530 530 250 250 250"),
    Row(
        "MAIL",
        "write from another address",
        f"MAIL FROM:<{OTHERS}@example.test>",
        "530 530 553 553 553",
    ),
    Row("RCPT", "name a recipient", _TO, "530 530 250 250 250", (_FROM,)),
    Row("DATA", "send; with approval, it waits", "DATA", "530 530 250 250 250", (_FROM, _TO)),
    Row("QUIT", "leave", "QUIT", "221 221 221 221 221"),
)

# Commands that name a folder, with one that is not the person's: "{at}". What is answered must not
# tell whether it is there.
NAMING: dict[str, tuple[str, ...]] = {
    "SELECT": ("SELECT {at}/INBOX", "SELECT {at}"),
    "EXAMINE": ("EXAMINE {at}/INBOX",),
    "STATUS": ("STATUS {at}/INBOX (MESSAGES)",),
    "SUBSCRIBE": ("SUBSCRIBE {at}/INBOX",),
    "UNSUBSCRIBE": ("UNSUBSCRIBE {at}/INBOX",),
    "CREATE": ("CREATE {at}/New", "CREATE {at}"),
    "RENAME": ("RENAME {at}/INBOX Mine", "RENAME Old {at}/Mine"),
    "DELETE": ("DELETE {at}/INBOX", "DELETE {at}"),
    "LIST": ('LIST "" {at}*', 'LIST "{at}/" "*"', 'LIST "" "*"'),
    "LSUB": ('LSUB "" {at}*', 'LSUB "" "*"'),
    "APPEND": (f"APPEND {{at}}/INBOX {_NEW}",),
    "MYRIGHTS": ("MYRIGHTS {at}/INBOX", "MYRIGHTS {at}"),
    "GETACL": ("GETACL {at}/INBOX",),
    "LISTRIGHTS": ("LISTRIGHTS {at}/INBOX anna", "LISTRIGHTS INBOX {box}"),
    "SETACL": ("SETACL {at}/INBOX anna lr",),
    "DELETEACL": ("DELETEACL {at}/INBOX anna",),
    "GETQUOTA": ("GETQUOTA {at}", "GETQUOTA {box}"),
    "GETQUOTAROOT": ("GETQUOTAROOT {at}/INBOX",),
    "SETQUOTA": ("SETQUOTA {at} (STORAGE 1)",),
    "GETMETADATA": ("GETMETADATA {at}/INBOX /shared/comment",),
    "SETMETADATA": ('SETMETADATA {at}/INBOX (/shared/comment "x")',),
    "NOTIFY": (
        "NOTIFY SET (mailboxes {at}/INBOX (MessageNew MessageExpunge))",
        "NOTIFY SET STATUS (subtree {at} (MessageNew MessageExpunge))",
    ),
    "COPY": ("COPY 1 {at}/INBOX",),
    "MOVE": ("MOVE 1 {at}/INBOX",),
    "LOGIN": (f"LOGIN {LOGIN}*{{box}} {PASSWORD}", f"LOGIN {{box}}@example.test {LOGIN}:x"),
}
NAMING_NONE = frozenset(
    {
        *("CAPABILITY", "NOOP", "LOGOUT", "ID", "STARTTLS", "ENABLE", "NAMESPACE", "IDLE"),
        *("COMPRESS", "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH", "SORT", "THREAD"),
        *("FETCH", "STORE", "AUTHENTICATE"),  # as LOGIN
    }
)
