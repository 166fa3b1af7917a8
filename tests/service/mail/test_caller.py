"""What every record says of the person and the program."""

from __future__ import annotations

from proxyd.domain.events import Action
from proxyd.domain.types import Account, Origin, Role
from proxyd.service.mail.caller import CLIENT_MOST, Caller

ANNA = Account(1, "anna", "Anna", Role.STAFF, False, {})


def test_a_record_names_the_person_and_where_from() -> None:
    caller = Caller(ANNA, Origin("imap", "192.0.2.1", session="abc"))
    caller.identify("Thunderbird 153.7" + "x" * 1_000)
    record = caller.record(Action.LOGOUT)
    assert (record.actor, record.outcome, record.mailbox, record.message_id) == (
        "anna", "ok", "", "",
    )  # fmt: skip
    assert (record.origin.address, record.origin.session) == ("192.0.2.1", "abc")
    assert record.origin.client.startswith("Thunderbird 153.7")
    assert len(record.origin.client) == CLIENT_MOST
