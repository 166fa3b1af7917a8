"""How a mailbox stands with its provider (service/admin/mailbox_health.py)."""

from __future__ import annotations

from types import SimpleNamespace

from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.service.admin.mailbox_health import healths
from proxyd.service.mailbox.condition import Conditions, TroubleKind

SERVER = Server("imap.example.test", 993, "tls", "support")
BOX = SharedMailbox(7, "support", "s@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER)


def of(conditions, limits=()):
    counter = SimpleNamespace(room=SimpleNamespace(mailbox=BOX, conditions=conditions))
    return healths({7: counter}, dict(limits))[7]


def test_up_down_and_up_again(clock):
    conditions = Conditions(lambda: "support", clock)
    assert not of(conditions).up and not of(conditions).password_refused
    clock.advance(seconds=5)
    conditions.line(up=True, reason="", owed=0)
    assert of(conditions).up and of(conditions).since_us == clock.now
    conditions.begin(TroubleKind.FOLDER, "no", "Archive")
    (trouble,) = of(conditions).troubles
    assert (trouble.kind, trouble.folder) == ("folder", "Archive")


def test_that_the_password_is_refused_is_known_by_our_own_words_alone(clock):
    conditions = Conditions(lambda: "support", clock)
    said = "imap.example.test refuses the password of support: no"
    conditions.line(up=False, reason=said, owed=0)
    assert of(conditions).password_refused
    conditions.line(up=False, reason=f"no answer: {said}", owed=0)
    assert not of(conditions).password_refused


def test_what_the_provider_limits(clock):
    conditions = Conditions(lambda: "support", clock)
    assert of(conditions, {7: "too many connections"}.items()).limited == "too many connections"
    assert of(conditions).limited == ""
