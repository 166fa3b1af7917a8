"""Folder names of providers, there and back, and what folders are for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire import encode, mutf7
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.mailbox_name import NAME_CHARS, from_wire
from proxyd.imapwire.response import ListItem
from proxyd.upstream.folders import GUESSES, FolderNames, folders
from proxyd.upstream.namespace import UpstreamNamespaces


def item(name: bytes, *attributes: str, delimiter: str = "/") -> ListItem:
    return ListItem(frozenset(attributes), delimiter, name)


@pytest.mark.parametrize(
    ("raw", "shown", "wire"),
    [
        (b"INBOX", "INBOX", b"INBOX"),
        (b"inbox", "INBOX", b"INBOX"),
        (b"&kAFP4W4IMH8-", "送信済み", b"&kAFP4W4IMH8-"),
        (b"Sent Items", "Sent Items", b'"Sent Items"'),
        (b"A&-B", "A&B", b"A&-B"),
        (b"A&B", "A&B", b"A&B"),  # a client once forgot to encode: it is sent back as it came
        ("送信".encode(), "送信", b'"\xe9\x80\x81\xe4\xbf\xa1"'),
        (b"caf\xe9", "caf\\xe9", None),
    ],
)
def test_names_there_and_back(raw: bytes, shown: str, wire: bytes | None) -> None:
    names = FolderNames()
    assert names.shown(raw) == shown
    if wire is not None:
        assert names.wire(shown).replace(b"{6}\r\n", b"") in (wire, wire.strip(b'"'))
    assert raw.upper() == b"INBOX" or raw in names.wire(shown)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_every_name_of_ours_comes_back(name: str) -> None:
    if name.upper() == "INBOX":
        return
    names = FolderNames()
    wire = names.wire(name)
    raw = literal_octets(wire) if wire.startswith(b'"') else wire
    assert raw is not None
    assert names.shown(raw) == name


@pytest.mark.parametrize(
    "raw",
    [b"a\0b", b"a\x07\x1b[31mb", b"&AAA-", b"x" * 2000, b"x" * 1999 + b"y", b"&", b"a&b-&ABC\xff"],
)
def test_whatever_a_provider_calls_a_folder_a_client_can_type_and_it_is_found(raw: bytes) -> None:
    names = FolderNames()
    others = [b"x" * 1999 + b"z", b"a b", b"&AAE-"]
    shown = [names.shown(one) for one in (raw, *others)]
    assert len(set(shown)) == len(shown)
    assert from_wire(mutf7.encode(shown[0])) == shown[0]
    assert len(shown[0]) <= NAME_CHARS
    assert names.wire(shown[0]) == encode.astring(raw)


def uses(found: list[object]) -> dict[str, set[str]]:
    return {one.name: set(one.attributes) & set(GUESSES) for one in found}  # type: ignore[attr-defined]


def test_servers_word_goes_before_a_guess() -> None:
    found = folders([item(b"Sent"), item(b"Gesendet", "\\sent")], FolderNames())
    assert uses(list(found)) == {"Sent": set(), "Gesendet": {"\\sent"}}


@pytest.mark.parametrize(
    ("raw", "delimiter", "use"),
    [
        (b"Sent Items", "/", "\\sent"),
        (b"INBOX.Sent", ".", "\\sent"),
        (b"&kAFP4W4IMH8-", "/", "\\sent"),
        (b"&Tgtm+DBN-", "/", "\\drafts"),
        (b"Deleted Items", "/", "\\trash"),
        (b"SPAM", "/", "\\junk"),
        (b"Customers/Sent", "/", None),
        (b"Sent", "", "\\sent"),
    ],
)
def test_guesses(raw: bytes, delimiter: str, use: str | None) -> None:
    (found,) = folders([item(raw, delimiter=delimiter)], FolderNames())
    assert found.attributes == (frozenset({use}) if use else frozenset())


def test_folder_that_cannot_be_selected_is_no_place_for_mail() -> None:
    (found,) = folders([item(b"Sent", "\\noselect")], FolderNames())
    assert found.attributes == {"\\noselect"}


def test_folder_told_twice_is_one() -> None:
    (found,) = folders([item(b"A", "\\x"), item(b"A", "\\y")], FolderNames())
    assert found.attributes == {"\\x", "\\y"}


# ---------------------------------------------------------------- what stands above all folders

COURIER = UpstreamNamespaces(b"INBOX.", (b"#shared.", b"shared."))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"INBOX", "INBOX"),
        (b"INBOX.Sent", "Sent"),
        (b"INBOX.&kAFP4W4IMH8-.2026", "送信済み.2026"),
        (b"INBOX.", ""),
        (b"INBOX.INBOX", "INBOX.INBOX"),  # two folders, two names
        (b"INBOX.INBOX.x", "INBOX.x"),
        (b"shared.team", "shared.team"),
        (b"INBOX.shared.team", "INBOX.shared.team"),
        (b"INBOX.A&B", "A&B"),  # no modified UTF-7
        (b"outside", "outside"),
    ],
)
def test_what_stands_above_all_folders_is_not_shown(raw: bytes, shown: str) -> None:
    names = FolderNames()
    names.place(COURIER)
    assert names.shown(raw) == shown
    assert not shown or names.wire(shown) == raw


def test_a_new_folder_is_made_below_it() -> None:
    names = FolderNames()
    names.place(COURIER)
    assert names.wire("New") == b"INBOX.New"
    assert names.wire("INBOX.New") == b"INBOX.INBOX.New"
    assert names.wire("INBOX") == b"INBOX"
    assert names.wire("shared.New") == b"shared.New"


PIECES = st.lists(st.sampled_from([b"INBOX", b"shared", b".", b"x", b"&-", b"&kAE-"]), min_size=1)
OWN = PIECES.map(lambda pieces: b"INBOX." + b"".join(pieces))
SHARED = PIECES.map(lambda pieces: b"shared." + b"".join(pieces))


@given(st.lists(OWN | SHARED, min_size=1, max_size=6, unique=True))
def test_no_two_folders_have_one_name(raws: list[bytes]) -> None:
    names = FolderNames()
    names.place(COURIER)
    # A folder called INBOX in INBOX keeps its prefix, and so must have nothing of that name in it.
    raws = [raw for raw in raws if not raw.upper().startswith(b"INBOX.INBOX.INBOX")]
    shown = {raw: names.shown(raw) for raw in raws}
    assert len(set(shown.values())) == len(shown)
    for raw, name in shown.items():
        assert literal_octets(b'"%b"' % names.wire(name).strip(b'"')) == raw
