"""What the access log calls things. One word per kind (docs/design.md §3 "Access log")."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The kinds of access. A mail *opened* and a mail *copied* by a sync are different kinds."""

    LOGIN = "login"
    FACTOR = "factor"  # a second factor was given, at signing in or to prove who is there
    LOGOUT = "logout"
    SESSION = "session"  # of the web pages: begun, taken a step further, ended
    SELECT = "select"  # a view was opened
    LIST = "list"  # headers, structure or envelopes of a range were read
    OPEN = "open"  # a body was read with BODY[]: a person looked
    COPY_OUT = "copy"  # a body was read with BODY.PEEK[]: a client synchronised
    SEEN = "seen"  # \Seen was set or taken away: with a synchronised client, the sign of an opening
    SEARCH = "search"
    FLAG = "flag"
    STATUS = "status"
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    COPY = "copy-to"
    MOVE = "move"
    EXPUNGE = "expunge"
    APPEND = "append"
    FOLDER = "folder"  # create, rename, delete, subscribe
    SEND = "send"
    OVERRIDE = "override"
    LEAVING = "leaving"  # a mail waits before it leaves, was approved, or comes back
    FILE_SENT = "file-sent"  # the one Sent copy was stored
    ARRIVE = "arrive"  # the proxy noticed a new message upstream
    OVERDUE = "overdue"  # a conversation waits for longer than the reply goal
    ALARM = "alarm"  # somebody copies far more mail than usual, or a provider can't be used
    ADMIN = "admin"
    AUDIT = "audit"  # the log itself was searched, exported or verified
    RESTORE = "restore"  # an older copy of the database goes on as the truth


# What is done to a conversation as a whole concerns each of its mails, whichever of them (or the
# answer itself) the record names.
OF_CONVERSATION = (
    Action.SEND,
    Action.OVERRIDE,
    Action.LEAVING,
    Action.STATUS,
    Action.CLAIM,
    Action.ASSIGN,
    Action.RELEASE,
    Action.OVERDUE,
    Action.FILE_SENT,
)

# About accounts and settings: what an admin may read of the log, as far as it names no mail
# (docs/decisions/064-asking-the-log.md).
OF_ACCOUNTS = (
    Action.LOGIN,
    Action.FACTOR,
    Action.LOGOUT,
    Action.SESSION,
    Action.ADMIN,
    Action.RESTORE,
)
