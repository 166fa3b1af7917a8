"""Names: what stands for which folder, whatever providers and people call things."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from proxyd.domain.policy import Policy
from proxyd.domain.types import Account, Right, Role, SeenMode, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.mail.tree import Tree, client_name, upstream_name
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, View
from proxyd.service.mailbox.object_ids import ObjectIds
from proxyd.service.mailbox.shop import Shop
from tests.service.conftest import SERVER, Team
from tests.service.fake_upstream import FakeUpstream


def person(number: int, login: str, name: str, *mailboxes: int) -> Account:
    grants = dict.fromkeys(mailboxes, Right.RESPOND)
    return Account(number, login, name, Role.STAFF, False, grants)


@dataclass
class Provider:
    names: tuple[str, ...]
    delimiter: str = "/"
    language: str = "en"
    name: str = "support"
    id: int = 1
    order: str = "plain"
    root: str = "Shared"


def room_of(provider: Provider, *people: Account) -> Mailroom:
    mailbox = SharedMailbox(
        provider.id, provider.name, "a@example.test", (), provider.language,
        SeenMode.PERSON, SERVER, SERVER, policy=Policy(folder_order=provider.order),
    )  # fmt: skip
    team = Team(list(people))
    ids = ObjectIds(bytes(32))
    shop = Shop(None, team, SHIPPED, lambda: 0, lambda subject: "", ids, shared_root=provider.root)  # type: ignore[arg-type]
    room = Mailroom(mailbox, FakeUpstream(), shop)
    for number, name in enumerate(provider.names, provider.id * 100):
        room.state.folders[number] = Folder(number, name, provider.delimiter, frozenset())
    keys = [("status", key) for key in SHIPPED.keys]
    keys += [("assignee", str(each.id)) for each in people]
    for number, key in enumerate((*keys, ("unassigned", "")), provider.id * 100):
        room.state.views[key] = View(number, *key, number, 1)
    return room


ANNA = person(1, "anna", "Anna", 1, 2)


def names(*rooms: Mailroom, account: Account = ANNA) -> list[str]:
    return [entry.name for entry in Tree(account, rooms)]


def test_one_mailbox_at_the_root() -> None:
    tree = Tree(ANNA, [room_of(Provider(("Sent", "INBOX")), ANNA)])
    assert [(entry.name, entry.selectable, entry.virtual) for entry in tree] == [
        ("INBOX", True, False),
        ("Sent", True, False),
        ("Status", False, True),
        ("Status/Open", True, True),
        ("Status/Checking", True, True),
        ("Status/On hold", True, True),
        ("Status/Done", True, True),
        ("Status/Mine", True, True),
        ("Status/Unassigned", True, True),
        ("Status/Assigned to", False, True),
        ("Status/Assigned to/Anna", True, True),
    ]


def test_courier_keeps_all_below_inbox_and_names_with_slashes_stay_one_level() -> None:
    room = room_of(Provider(("INBOX", "INBOX.Sent", "INBOX.Q1/Q2"), "."), ANNA)
    tree = Tree(ANNA, [room])
    assert {"INBOX/Sent", "INBOX/Q1\u2215Q2"} <= {entry.name for entry in tree}
    entry = tree.find("INBOX/Q1\u2215Q2")
    assert entry is not None
    assert entry.folder is not None
    assert entry.folder.name == "INBOX.Q1/Q2"


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("A/B", "/"), ("A.B", "."), ("A/1.B", "."), ("A.B", "/"), ("A", ""), ("A\\B", "\\")],
)
def test_a_name_goes_to_the_client_and_back(name: str, delimiter: str) -> None:
    folder = Folder(1, name, delimiter, frozenset())
    assert upstream_name(client_name(folder), delimiter) == name


def test_a_provider_that_has_a_folder_of_our_name_keeps_it() -> None:
    tree = Tree(ANNA, [room_of(Provider(("INBOX", "Status", "Status/Done")), ANNA)])
    mine = tree.find("Status/Done")
    assert mine is not None
    assert mine.folder is not None
    ours = tree.find("Status (proxyd)/Done")
    assert ours is not None
    assert ours.key == ("status", "done")


def assigned(*people: Account) -> dict[str, str]:
    """The folders of people's work: name → key."""
    tree = Tree(ANNA, [room_of(Provider(("INBOX",)), *people)])
    begin = "Status/Assigned to/"
    return {
        entry.name.removeprefix(begin): entry.key[1]
        for entry in tree
        if entry.key and entry.name.startswith(begin)
    }


def test_of_two_people_of_one_name_the_first_keeps_it() -> None:
    # By login the second would come first: who was here first decides, not the alphabet.
    second = person(2, "aaron", "Anna", 1)
    assert assigned(ANNA) == {"Anna": "1"}
    assert assigned(second, ANNA) == {"Anna": "1", "Anna (aaron)": "2"}
    assert assigned(replace(ANNA, disabled=True), second) == {"Anna (aaron)": "2"}
    elsewhere = replace(ANNA, grants={2: Right.RESPOND})
    assert assigned(elsewhere, second) == {"Anna": "2"}


def test_no_name_is_given_twice_whatever_people_call_themselves() -> None:
    people = [ANNA, person(2, "x", "Anna (aaron)", 1), person(3, "aaron", "Anna", 1)]
    people += [person(4, "b", "A/B", 1), person(5, "c", "A\u2215B", 1)]
    assert assigned(*people) == {
        "Anna": "1",
        "Anna (aaron)": "2",
        "Anna (aaron) (aaron)": "3",
        "A\u2215B": "4",
        "A\u2215B (c)": "5",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ben/Sales", "Ben\u2215Sales"),
        ("100% Ben", "100\uff05 Ben"),
        ("* Ben *", "\uff0a Ben \uff0a"),
        ('"Ben"', "\uff02Ben\uff02"),
        ("Ben\\Mori", "Ben\uff3cMori"),
        (".ben", "\uff0eben"),
        ("Dr. Ben", "Dr. Ben"),
        ("佐藤 花子", "佐藤 花子"),
    ],
)
def test_a_persons_name_is_no_syntax(name: str, shown: str) -> None:
    assert assigned(person(2, "ben", name, 1)) == {shown: "2"}


def test_who_is_disabled_or_only_reads_has_no_folder_of_work() -> None:
    reader = replace(person(2, "rita", "Rita"), grants={1: Right.READ})
    away = replace(person(3, "ben", "Ben", 1), disabled=True)
    room = room_of(Provider(("INBOX",)), ANNA, reader, away)
    assert [n for n in names(room) if "to/" in n] == ["Status/Assigned to/Anna"]
    assert "Status/Mine" not in names(room, account=reader)


def test_another_language_for_each_mailbox() -> None:
    first = room_of(Provider(("INBOX",), language="ja"), ANNA)
    second = room_of(Provider(("INBOX",), name="a/b", id=2), ANNA)
    found = names(first, second)
    assert {"対応状況/対応済み", "対応状況/担当者/Anna", "対応状況/自分の担当"} <= set(found)
    assert "Shared/a\u2215b/Status/Done" in found
    assert len(found) == len(set(found))


def test_where_a_new_folder_belongs() -> None:
    first = room_of(Provider(("INBOX",)), ANNA)
    second = room_of(Provider(("INBOX", "X.Y"), ".", name="sales", id=2), ANNA)
    tree = Tree(ANNA, [first, second])

    def place(name: str) -> tuple[str, Mailroom | None]:
        found = tree.room_for_new(name)
        assert found is not None
        return found[0], found[1].room

    assert place("New") == ("", first)
    assert place("Shared/sales/X/New") == ("Shared/sales/", second)
    reserved = ("Shared", "Shared/x", "Status/x", "Shared/sales/Status/x", "Shared/sales/Shared/x")
    assert all(tree.is_reserved(name, place(name)[0]) for name in reserved)
    free = ("New", "Shared/sales/New", "Shared/sales/X/New")
    assert not any(tree.is_reserved(name, place(name)[0]) for name in free)


def test_nobody_makes_a_folder_that_looks_like_a_colleagues_other_mailbox() -> None:
    tree = Tree(ANNA, [room_of(Provider(("INBOX",)), ANNA)])
    assert tree.is_reserved("Shared/sales/x", "")
    assert tree.is_reserved("Shared", "")
    assert not tree.is_reserved("Shareds", "")


def test_parents_come_before_children_and_are_known_as_such() -> None:
    tree = Tree(ANNA, [room_of(Provider(("INBOX", "A/B/C")), ANNA)])
    found = [entry.name for entry in tree]
    assert found.index("A") < found.index("A/B") < found.index("A/B/C")
    assert {"A", "A/B", "Status", "Status/Assigned to"} == tree.children_of()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_numbered_names_stand_in_the_order_of_the_work_however_they_are_sorted(
    language: str,
) -> None:
    room = room_of(Provider(("INBOX",), language=language, order="numbered"), ANNA)
    room.state.views |= {("until", day): View(900 + n, "until", day, 1, 1) for n, day in
                         enumerate(("tomorrow", "monday", "1w", "4w"))}  # fmt: skip
    shown = [name for name in names(room) if name.count("/") == 1]
    assert shown == sorted(shown) and len(shown) == 7
    assert [name.partition("/")[2][:3] for name in shown] == (
        ["01 ", "02 ", "03 ", "04 ", "05 ", "06 ", "10 "]
    ), "the same for who has no folder of notes yet"
    held = [name for name in names(room) if name.startswith(f"{shown[2]}/")]
    assert held == sorted(held) and len(held) == 4


def test_the_numbered_japanese_names() -> None:
    found = names(room_of(Provider(("INBOX",), language="ja", order="numbered"), ANNA))
    assert {"対応状況/01 未対応", "対応状況/05 自分の担当", "対応状況/10 担当者別/Anna"} <= set(
        found
    )


def test_the_names_of_the_mailboxes_that_there_are_stay_as_they_are() -> None:
    found = names(room_of(Provider(("INBOX",), language="ja"), ANNA))
    assert {"対応状況/未対応", "対応状況/担当者/Anna"} <= set(found)


def test_in_a_japanese_installation_further_mailboxes_stand_below_a_japanese_name() -> None:
    first = room_of(Provider(("INBOX",), root="共有"), ANNA)
    second = room_of(Provider(("INBOX",), name="sales", id=2, root="共有"), ANNA)
    tree = Tree(ANNA, [first, second])
    assert tree.find("共有/sales/INBOX") is not None
    assert tree.namespaces.shared == ("共有/",)
    assert not tree.may_name("共有/others") and tree.may_name("Shared/others")


def test_of_two_whose_names_look_the_same_the_later_has_the_login_added() -> None:
    first, second = person(1, "hanako", "佐藤 花子", 1), person(2, "hana", "佐藤\u3000花子", 1)
    found = assigned(first, second)
    assert found == {"佐藤 花子": "1", "佐藤\u3000花子 (hana)": "2"}
