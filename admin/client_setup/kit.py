"""A kit: the files that set up mail clients, for these people, each in its place. Pure.

What there can be is listed in ``kit_pieces.py``; README.txt tells of what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from admin.client_setup.kit_pieces import (
    FOR_ALL,
    FOR_DOMAIN,
    FOR_MAILBOX,
    FOR_PERSON,
    ForDomain,
    ForPerson,
    Order,
    domains_of,
    mailboxes_of,
)
from admin.client_setup.portable_name import portable
from proxyd.domain.client_facts import ClientMailbox


@dataclass(frozen=True, slots=True)
class KitFile:
    path: str  # below the folder, with "/"
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    path: str
    made: Sequence[KitFile]
    english: str
    japanese: str


def kit(order: Order, told: Callable[[int], None] = lambda done: None) -> list[KitFile]:
    """All that ``order`` asks for, the README last. ``told`` of how many people it is made."""
    pieces = [piece for piece in _pieces(order, told) if piece.made]
    files = [file for piece in pieces for file in piece.made]
    return [*files, KitFile(_README, _readme(pieces))]


def paths(logins: Iterable[str], mailboxes: Collection[ClientMailbox]) -> list[str]:
    """Where ``kit`` may put files for these: known before there is anything to make them from."""
    people = [_of_person(piece, login) for login in logins for piece in FOR_PERSON]
    domains = domains_of(mailboxes)
    places = [_of_domain(piece, domain) for domain in domains for piece in FOR_DOMAIN]
    machines = [piece.path.format(mailbox=box.name) for box in mailboxes for piece in FOR_MAILBOX]
    return [*people, *places, *machines, *(piece.path for piece in FOR_ALL), _README]


def _of_person(piece: ForPerson, login: str) -> str:
    login = portable(login)
    return f"{login}/{piece.path.format(login=login)}"


def _of_domain(piece: ForDomain, domain: str) -> str:
    return piece.path.format(domain=portable(domain))


def _pieces(order: Order, told: Callable[[int], None]) -> Iterator[_Piece]:
    mailboxes = mailboxes_of(order.people)
    theirs: list[list[KitFile | None]] = [[] for _ in FOR_PERSON]
    for done, person in enumerate(order.people, 1):
        for one, made in zip(FOR_PERSON, theirs, strict=True):
            made.append(_file(_of_person(one, person.login), one.make(order, person)))
        told(done)
    for one, made in zip(FOR_PERSON, theirs, strict=True):
        yield _Piece(_of_person(one, "LOGIN"), _there(made), one.english, one.japanese)
    for each in FOR_DOMAIN:
        made = [
            _file(_of_domain(each, domain), each.make(order, domain))
            for domain in domains_of(mailboxes)
        ]
        yield _Piece(_of_domain(each, "DOMAIN"), _there(made), each.english, each.japanese)
    for every in FOR_MAILBOX:
        made = [
            _file(every.path.format(mailbox=box.name), every.make(order, box)) for box in mailboxes
        ]
        path = every.path.format(mailbox="MAILBOX")
        yield _Piece(path, _there(made), every.english, every.japanese)
    for piece in FOR_ALL:
        made = [_file(piece.path, piece.make(order))]
        yield _Piece(piece.path, _there(made), piece.english, piece.japanese)


def _file(path: str, content: bytes | None) -> KitFile | None:
    return None if content is None else KitFile(path, content)


def _there(made: Sequence[KitFile | None]) -> list[KitFile]:
    return [file for file in made if file is not None]


_README: Final = "README.txt"
_HEAD_ENGLISH: Final = """\
What these files are for
========================

Made by "proxyd client-setup", which replaces what it makes again. Sheets may hold a password: hand
them over in person, and remove this folder afterwards.
"""
_HEAD_JAPANESE: Final = """\
各ファイルの使い方
==================

「proxyd client-setup」で作成したファイルです。再度作成すると上書きされます。
用紙（sheet）にはパスワードが記載されている場合があります。ご本人に直接渡し、
その後、このフォルダーを削除してください。
"""


def _readme(pieces: Sequence[_Piece]) -> bytes:
    english = [f"{piece.path}\n    {piece.english}\n" for piece in pieces]
    japanese = [f"{piece.path}\n    {piece.japanese}\n" for piece in pieces]
    text = "\n".join([_HEAD_ENGLISH, *english, "", _HEAD_JAPANESE, *japanese])
    return text.encode("utf-8")
