"""Each IMAP command for each role and right (rows.py): what is answered, and what it tells of a
mailbox that is not the person's.
"""

from __future__ import annotations

import pytest

from imap_frontend.table import TABLE
from proxyd.domain.types import Right, Role
from tests.permissions.house import LOGIN, NOWHERE, OTHERS, PASSWORD, House, Person, Talk
from tests.permissions.rows import (
    IMAP,
    NAMING,
    NAMING_NONE,
    NOBODY,
    SIGNING_IN,
    Row,
    column_of,
)


def test_every_command_that_the_door_knows_has_its_rows() -> None:
    assert {row.command for row in IMAP} == {*TABLE}
    assert {*NAMING} | NAMING_NONE == {*TABLE} and not {*NAMING} & NAMING_NONE
    for row in IMAP:
        assert row.text.split()[0] == row.command
        for column, answer in row.expected.items():
            assert answer in {"OK", "NO", "BAD"}, (row, column)


async def entered(house: House, first: tuple[str, ...] = ()) -> Talk:
    """A connection on which was said what comes first; whoever is let in is in."""
    talk = house.imap()
    await talk.ask(f"LOGIN {LOGIN} {PASSWORD}")
    for command in first:
        await talk.ask(command)
    return talk


async def answered(house: House, row: Row) -> str:
    talk = house.imap() if row.command in SIGNING_IN else await entered(house, row.first)
    answer, said = await talk.ask(row.text)
    assert OTHERS not in said.lower(), (row, said)
    await talk.leave()
    return answer


async def test_what_is_answered(house: House, person: Person) -> None:
    column = column_of(person)
    answers = {f"{row.command}, {row.does}": await answered(house, row) for row in IMAP}
    wanted = {f"{row.command}, {row.does}": row.expected[column] for row in IMAP}
    assert len(wanted) == len(IMAP)
    assert {
        what: (said, wanted[what]) for what, said in answers.items() if said != wanted[what]
    } == {}


@pytest.mark.parametrize("person", [Person(Role.STAFF, Right.MANAGE)], ids=str)
async def test_who_has_not_signed_in_does_no_more_than_nobody(house: House) -> None:
    for row in IMAP:
        if row.command in SIGNING_IN:
            continue
        talk = house.imap()
        for command in row.first:
            await talk.ask(command)
        answer, said = await talk.ask(row.text)
        assert answer == row.expected[NOBODY], (row, said)


_STAFF = [Person(Role.STAFF, right) for right in Right]


@pytest.mark.parametrize("person", [*_STAFF, Person(Role.ADMIN, Right.MANAGE)], ids=str)
async def test_a_mailbox_of_others_is_answered_as_one_that_is_none(house: House) -> None:
    for texts in NAMING.values():
        for text in texts:
            told = []
            for box in (OTHERS, NOWHERE):
                talk = house.imap() if text.startswith("LOGIN") else None
                talk = talk or await entered(house, ("SELECT INBOX",))
                command = text.replace("{at}", f"Shared/{box}").replace("{box}", box)
                answer, said = await talk.ask(command)
                told.append((answer, said.replace(box, "BOX")))
                await talk.leave()
            assert told[0] == told[1], text


@pytest.mark.parametrize(
    "person", [Person(role, right) for role in Role for right in (None, Right.MANAGE)], ids=str
)
async def test_whose_role_reads_no_mail_is_told_so_whatever_mailbox_is_named(
    house: House, person: Person
) -> None:
    if column_of(person) != NOBODY:
        talk = await entered(house)
        assert (await talk.ask("SELECT INBOX"))[0] == "OK"
        return
    sentences = set()
    for login in (LOGIN, f"{LOGIN}*support", f"{LOGIN}*{OTHERS}", f"{LOGIN}*{NOWHERE}"):
        talk = house.imap()
        answer, said = await talk.ask(f"LOGIN {login} {PASSWORD}")
        assert answer == "NO"
        sentences.add(said.splitlines()[-1])
        _, wrong = await house.imap().ask(f"LOGIN {login} wrong")
        assert "[AUTHENTICATIONFAILED]" in wrong, "a stranger learns nothing"
    if person.role is not Role.STAFF:
        (sentence,) = sentences
        assert "[NOPERM]" in sentence and "not for mail" in sentence
