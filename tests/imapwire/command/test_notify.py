"""RFC 5465 §3.1, §6 and §8."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import EventGroup, Notify, NotifyEvent, Tagged
from proxyd.imapwire.command.notify import MAX_EVENTS, MAX_GROUPS, MAX_MAILBOXES
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute

NEW, EXPUNGE = NotifyEvent("MESSAGENEW"), NotifyEvent("MESSAGEEXPUNGE")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"NOTIFY NONE", Notify(False, None)),
        (
            b"NOTIFY SET STATUS (selected (MessageNew (uid body.peek[header.fields (from to "
            b"subject)]) MessageExpunge)) (subtree Lists (MessageNew))",  # §3.1, erratum 1804
            Notify(
                True,
                (
                    EventGroup(
                        "SELECTED",
                        (),
                        (
                            NotifyEvent(
                                "MESSAGENEW",
                                (
                                    FetchAttribute("UID"),
                                    FetchAttribute(
                                        "BODY[]", b"HEADER.FIELDS (FROM TO SUBJECT)", True
                                    ),
                                ),
                            ),
                            EXPUNGE,
                        ),
                    ),
                    EventGroup("SUBTREE", ("Lists",), (NEW,)),
                ),
            ),
        ),
        (
            b"notify set (mailboxes inbox (Messagenew messageExpunge)) "
            b"(personal (SubscriptionChange))",  # §6
            Notify(
                False,
                (
                    EventGroup("MAILBOXES", ("INBOX",), (NEW, EXPUNGE)),
                    EventGroup("PERSONAL", (), (NotifyEvent("SUBSCRIPTIONCHANGE"),)),
                ),
            ),
        ),
        (
            b"NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange "
            b"AnnotationChange)) (inboxes NONE) (subscribed (X-Odd)) "
            b"(mailboxes (a {3+}\r\nb c &ZeU- a) NONE)",
            Notify(
                False,
                (
                    EventGroup(
                        "SELECTED-DELAYED",
                        (),
                        (NEW, EXPUNGE, NotifyEvent("FLAGCHANGE"), NotifyEvent("ANNOTATIONCHANGE")),
                    ),
                    EventGroup("INBOXES", (), None),
                    EventGroup("SUBSCRIBED", (), (NotifyEvent("X-ODD"),)),
                    EventGroup("MAILBOXES", ("a", "b c", "日"), None),
                ),
            ),
        ),
        (b"NOTIFY SET (selected NONE)", Notify(False, (EventGroup("SELECTED", (), None),))),
    ],
)
def test_notify(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"NOTIFY",
        b"NOTIFY ",
        b"NOTIFY SET",
        b"NOTIFY SET ",
        b"NOTIFY SET STATUS",
        b"NOTIFY SET NONE",
        b"NOTIFY NONE (selected NONE)",
        b"NOTIFY STATUS (personal NONE)",
        b"NOTIFY SET ()",
        b"NOTIFY SET (personal)",
        b"NOTIFY SET (personal ())",
        b"NOTIFY SET (personal MessageNew MessageExpunge)",
        b"NOTIFY SET (personal (MessageNew MessageExpunge)",
        b"NOTIFY SET (personal (MessageNew MessageExpunge))(inboxes NONE)",
        b"NOTIFY SET (personal (MessageNew MessageNew))",
        b"NOTIFY SET (everywhere (MessageNew MessageExpunge))",
        b"NOTIFY SET (mailboxes (MessageNew MessageExpunge))",
        b"NOTIFY SET (mailboxes () NONE)",
        b"NOTIFY SET (subtree * NONE)",
        b"NOTIFY SET (selected INBOX NONE)",
        b"NOTIFY SET (selected NONE) (selected-delayed NONE)",  # §8: one of them only
        b"NOTIFY SET (selected (MessageNew))",
        b"NOTIFY SET (selected (MessageExpunge))",
        b"NOTIFY SET (selected (MessageNew FlagChange))",
        b"NOTIFY SET (selected (FlagChange))",
        b"NOTIFY SET (selected (MailboxName))",  # §8: message events only
        b"NOTIFY SET (personal (MessageNew (UID) MessageExpunge))",  # §8: selected only
        b"NOTIFY SET (selected (MessageNew MessageExpunge (UID)))",
        b"NOTIFY SET (selected (MessageNew () MessageExpunge))",
        b"NOTIFY SET (selected (MessageNew (ALL) MessageExpunge))",
        b"NOTIFY SET (selected (MessageNew UID MessageExpunge (FLAGS)))",
        b"NOTIFY SET (selected ((UID) MessageNew MessageExpunge))",
        b"NOTIFY SET (personal (" + b" ".join(b"E%d" % n for n in range(MAX_EVENTS + 1)) + b"))",
        b"NOTIFY SET" + b" (personal NONE)" * (MAX_GROUPS + 1),
        b"NOTIFY SET (mailboxes ("
        + b" ".join(b"%d" % n for n in range(MAX_MAILBOXES + 1))
        + b") NONE)",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
