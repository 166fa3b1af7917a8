"""Each command of the door for sending, for each role and right (rows.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.types import Right, Role
from smtp_frontend.connection import Connection
from tests.permissions.house import NOWHERE, OTHERS, PLAIN, House, Person
from tests.permissions.rows import MAIL, NOBODY, SIGNING_IN, SMTP, Row, column_of


def test_every_command_that_the_door_knows_has_its_rows() -> None:
    known = {name[5:] for name in dir(Connection) if name.startswith("smtp_")}
    assert {row.command for row in SMTP} == {name for name in known if name.isupper()}


async def answered(house: House, row: Row, *, signs_in: bool = True) -> str:
    talk = await house.smtp()
    await talk.ask("EHLO pc.example")
    if signs_in and row.command not in SIGNING_IN:
        await talk.ask(f"AUTH PLAIN {PLAIN}")
    for line in row.first:
        await talk.ask(line)
    answer = await talk.ask(row.text)
    if answer.startswith("354"):
        answer = await talk.ask(MAIL)
    talk.close()
    return answer


async def test_what_is_answered(house: House, person: Person) -> None:
    column = column_of(person)
    answers = {f"{row.command}, {row.does}": (await answered(house, row))[:3] for row in SMTP}
    assert answers == {f"{row.command}, {row.does}": row.expected[column] for row in SMTP}
    sent_at_once = column in {"respond", "manage"}
    assert len(house.relay.sent) == sent_at_once


@pytest.mark.parametrize("person", [Person(Role.STAFF, Right.MANAGE)], ids=str)
async def test_who_has_not_signed_in_does_no_more_than_nobody(house: House) -> None:
    for row in SMTP:
        if row.command not in SIGNING_IN:
            answer = await answered(house, row, signs_in=False)
            assert answer[:3] == row.expected[NOBODY], row


@pytest.mark.parametrize("person", [Person(Role.STAFF, right) for right in Right], ids=str)
async def test_an_address_of_others_is_answered_as_one_that_is_none(house: House) -> None:
    told = []
    for box in (OTHERS, NOWHERE):
        row = Row("MAIL", "", f"MAIL FROM:<{box}@example.test>", "")
        told.append((await answered(house, row)).replace(box, "BOX"))
    assert told[0] == told[1]
