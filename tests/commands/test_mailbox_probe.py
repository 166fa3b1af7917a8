"""``proxyd mailbox test``: what the steps of a probe come to (proxyd/commands/mailbox_probe.py)."""

from __future__ import annotations

from proxyd.commands.mailbox_probe import found_of
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS, ProbedStep, ProbeFault, ProbeStep
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.settings import Settings

BOX = SharedMailbox(
    1,
    "support",
    "support@example.test",
    (),
    "en",
    SeenMode.PERSON,
    Server("127.0.0.1", 1, "plain", "support"),
    Server("127.0.0.1", 2, "plain", "support"),
)
FACTS = {
    ProbeStep.FOLDERS: {"folders": "6", "mails": "3", "sent": "no"},
    ProbeStep.KEYWORDS: {"kept": "no"},
}
OFFERS = {
    ProbeStep.SIGNED_IN: ("CONDSTORE", "IDLE", "MOVE", "UIDPLUS"),
    ProbeStep.SENDING_SIGNED_IN: ("8BITMIME", "SIZE 10485760"),
}
WELL = [
    ProbedStep(step, 1, None, FACTS.get(step, {}), OFFERS.get(step, ()))
    for step in (*READING_STEPS, *SENDING_STEPS)
]


def test_what_is_offered_and_what_will_differ():
    imap, smtp = found_of(BOX, WELL, Settings())
    assert imap.facts == ("6 folders, 3 mails in the inbox",)
    assert [one.partition(":")[0] for one in imap.differs] == [
        "no SPECIAL-USE",
        "no keywords of one's own",
        "no folder for sent mail",
    ]
    assert smtp.facts == ("takes mails of up to 10 MiB",)
    assert [one.partition(":")[0] for one in smtp.differs] == [
        "no SMTPUTF8",
        "mails above 10 MiB are refused by the provider, not by the proxy",
    ]
    assert not imap.trouble and not smtp.trouble


def test_one_door_s_trouble_does_not_hide_the_other():
    refused = ProbedStep(ProbeStep.SIGNED_IN, 1, ProbeFault.PASSWORD, {"said": "no"})
    imap, smtp = found_of(BOX, [*WELL[:2], refused, *WELL[5:]], Settings())
    assert imap.trouble.startswith("127.0.0.1 refuses the password of support: no; give the right")
    assert "proxyd mailbox set support --password-stdin" in imap.trouble and not smtp.trouble
    gone = ProbedStep(ProbeStep.SENDING_FOUND, 1, ProbeFault.NOBODY_LISTENS)
    imap, smtp = found_of(BOX, [*WELL[:5], gone], Settings())
    assert not imap.trouble and "127.0.0.1:2 refuses the connection" in smtp.trouble
