"""What a person sees, and that nothing else exists for that person (promise 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from proxyd.domain.asker import asker
from proxyd.domain.errors import (
    CannotDo,
    NoSuchView,
    NotPermitted,
    ProxydError,
    UpstreamRefused,
    UpstreamSignInRefused,
    UpstreamUnavailable,
)
from proxyd.domain.types import BytesBlob, Origin, Right, Role
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.personal_mail import PersonalMail
from tests.patience import PATIENCE_S
from tests.service.conftest import Watcher, World, appended, mail
from tests.service.fake_upstream import FakeUpstream

ORIGIN = Origin("imap", "127.0.0.1")


def names(person: PersonalMail) -> set[str]:
    return {view.name for view in person.views()}


async def test_the_second_mailbox_stands_under_shared_for_those_who_may(world: World) -> None:
    sales = await world.second()
    await world.grant("anna", sales.mailbox, Right.READ)
    anna, ben = await world.enter("anna"), await world.enter("ben")
    assert {"INBOX", "Shared", "Shared/sales", "Shared/sales/INBOX"} <= names(anna)
    assert anna.namespaces().shared == ("Shared/",)
    assert not any("Shared" in name or "sales" in name for name in names(ben))
    assert ben.namespaces().shared == ()
    assert "Shared/sales/Status/Mine" not in names(anna), "a reader has no work of her own"


async def test_what_a_session_asks_for_is_asked_for_its_person(world: World) -> None:
    async def session(login: str) -> int | None:
        await world.enter(login)
        return asker()

    people = {login: world.team.by_login(login) for login in ("anna", "ben")}
    for login, person in people.items():
        assert person is not None
        assert await asyncio.create_task(session(login)) == person.id
    assert asker() is None


ATTEMPTS: dict[str, Callable[[PersonalMail, str], Awaitable[object]]] = {
    "open": lambda p, n: p.open(n, read_only=True, observer=Watcher()),
    "status": lambda p, n: p.counts(n),
    "append": lambda p, n: appended(p, n, mail("a@x")),
    "delete": lambda p, n: p.delete(n),
    "rename": lambda p, n: p.rename(n, "Elsewhere"),
    "subscribe": lambda p, n: p.subscribe(n, subscribed=True),
}


@pytest.mark.parametrize("command", ATTEMPTS)
async def test_what_is_not_granted_is_as_unknown_as_what_is_not_there(
    world: World, command: str
) -> None:
    await world.second()
    ben = await world.enter("ben")
    told = []
    for name in ("Shared/sales/INBOX", "Shared/nothing/INBOX"):
        with pytest.raises(ProxydError) as caught:
            await ATTEMPTS[command](ben, name)
        told.append((type(caught.value), caught.value.args[1:]))
    assert told[0] == told[1] == (NoSuchView, ())


async def test_copy_and_move_know_no_hidden_target_either(world: World) -> None:
    sales = await world.second()
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("ben")
    for target in ("Shared/sales/INBOX", "Shared/nothing/INBOX"):
        with pytest.raises(NoSuchView):
            await view.copy([1], target)
        with pytest.raises(NoSuchView):
            await view.move([1], target)
    assert sales.upstream.folders["INBOX"].mails == {}


async def test_a_login_that_names_a_mailbox_opens_that_one_alone(world: World) -> None:
    sales = await world.second()
    await world.grant("anna", sales.mailbox, Right.RESPOND)
    anna, ben = world.team.by_login("anna"), world.team.by_login("ben")
    assert anna is not None
    assert ben is not None
    person = await world.front.enter(anna, "anna*Sales", ORIGIN)
    assert "Shared" not in names(person)
    sales.upstream.deliver(mail("s@x"))
    await sales.synced()
    assert (await person.counts("INBOX")).messages == 1
    by_address = await world.front.enter(anna, sales.mailbox.address.upper(), ORIGIN)
    assert names(by_address) == names(person)
    for hidden in ("ben*sales", "ben*nothing", sales.mailbox.address):
        with pytest.raises(NoSuchView):
            await world.front.enter(ben, hidden, ORIGIN)
    refused = await world.log(actor="ben", action="login", outcome="refused")
    assert [r.record.detail["mailbox"] for r in refused] == ["sales", "nothing", "sales"]


async def test_who_has_no_grant_at_all_reads_no_mail_whatever_the_role(world: World) -> None:
    account = await world.database.write(
        lambda tx: tx.accounts.add("root", "Admin", Role.ADMIN, "hash")
    )
    with pytest.raises(NotPermitted):
        await world.front.enter(account, "root", ORIGIN)
    assert len(await world.log(actor="root", outcome="refused")) == 1


async def test_between_two_mailboxes_mail_is_copied_and_the_conversations_stay_apart(
    world: World,
) -> None:
    sales = await world.second()
    await world.grant("anna", sales.mailbox, Right.RESPOND)
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    result = await view.move([1], "Shared/sales/INBOX")
    assert result.pairs == ((1, 1),)
    assert list(view.uids()) == []
    there, _ = await world.open("anna", "Shared/sales/INBOX")
    assert result.uidvalidity == there.uidvalidity
    assert "$status-open" in there.facts(1).flags  # type: ignore[union-attr]
    with pytest.raises(CannotDo):
        await there.move([1], "Status/Done")


async def test_counts_of_a_folder_that_goes_while_we_ask(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await world.enter("anna")
    anna.views()
    del world.upstream.folders["Archive"]

    async def refresh(folder: object) -> None:
        await world.sync.list_anew()

    monkeypatch.setattr(world.sync, "refresh", refresh)
    with pytest.raises(NoSuchView):
        await anna.counts("Archive")


# ------------------------------------------------------------------ the language, and changes


async def test_another_language_at_run_time(world: World) -> None:
    anna = await world.enter("anna")
    assert "Status/Done" in names(anna)
    world.upstream.deliver(mail("m@x"))
    await world.synced()
    before = await anna.counts("Status/Open")
    world.room.mailbox = replace(world.room.mailbox, language="ja")
    world.room.version += 1
    assert "対応状況/対応済み" in names(anna)
    assert anna.language == "ja"
    after = await anna.counts("対応状況/未対応")
    assert (after.uidvalidity, after.uidnext) == (before.uidvalidity, before.uidnext)


async def test_the_providers_no_is_recorded_as_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*args: object, **options: object) -> None:
        raise UpstreamRefused("no room", "OVERQUOTA")

    monkeypatch.setattr(world.upstream, "append", full)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamRefused):
        await appended(anna, "Archive", mail("a@x"))
    (entry,) = [r.record for r in await world.log(action="append")]
    assert (entry.outcome, entry.view, entry.mailbox) == ("failed", "Archive", "support")
    assert entry.detail["why"] == "upstream-refused"


# ------------------------------------------------------------------ what holds no mail


async def test_inbox_is_there_before_the_provider_has_ever_answered(world: World) -> None:
    sales = await world.second(answers=False)
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    mara = await world.enter("mara")
    shown = {view.name: view for view in mara.views()}
    inbox = shown["Shared/sales/INBOX"]
    assert inbox.selectable
    assert not inbox.virtual
    here = await mara.open("INBOX", read_only=False, observer=Watcher())
    # Nobody knows yet whether there is a Sent: not known is not "does not exist".
    for name in ("Shared/sales/INBOX", "Shared/sales/Sent"):
        for attempt in (
            mara.open(name, read_only=True, observer=Watcher()),
            mara.counts(name),
            appended(mara, name, mail("a@x")),
            here.copy([1], name),
            here.move([1], name),
        ):
            with pytest.raises(UpstreamUnavailable):
                await attempt
    with pytest.raises(UpstreamUnavailable):
        await mara.create("Shared/sales/Leads")
    assert [r.record.outcome for r in await world.log(action="select", newest_first=True)][:4] == [
        "failed"
    ] * 4
    with pytest.raises(CannotDo):
        await mara.delete("Shared/sales/INBOX")
    with pytest.raises(NoSuchView):
        await mara.counts("Shared/sales/Status/nothing")
    await mara.counts("Shared/sales/Status/Open")


async def test_the_inbox_of_the_first_list_takes_the_place(world: World) -> None:
    sales = await world.second(answers=False)
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara = await world.enter("mara")
    with pytest.raises(UpstreamUnavailable):
        await mara.counts("Shared/sales/INBOX")
    sales.upstream.down = False
    sales.upstream.deliver(mail("m1@x"))
    await sales.sync.list_anew()
    await sales.synced()
    assert (await mara.counts("Shared/sales/INBOX")).messages == 1
    with pytest.raises(NoSuchView):
        await mara.counts("Shared/sales/Nothing")


@pytest.mark.parametrize("level", ["Status", "Status/Assigned to", "Shared", "Projects"])
async def test_a_level_that_only_holds_others_says_so(world: World, level: str) -> None:
    sales = await world.second()
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    mara = await world.enter("mara")
    await mara.create("Projects/2026")
    here = await mara.open("INBOX", read_only=False, observer=Watcher())
    for attempt in (
        mara.open(level, read_only=True, observer=Watcher()),
        mara.counts(level),
        appended(mara, level, mail("a@x")),
        here.copy([1], level),
        here.move([1], level),
    ):
        with pytest.raises(CannotDo) as caught:
            await attempt
        assert caught.value.reason == "holds-no-mail"


@pytest.mark.parametrize("folder", ["Archive", "Sent"])
async def test_a_new_mail_brings_no_keywords_without_end(world: World, folder: str) -> None:
    anna = await world.enter("anna")
    for bad, reason in (
        ([f"k{number}" for number in range(101)], "too-many-keywords"),
        (["x" * 101], "keyword-too-long"),
    ):
        with pytest.raises(CannotDo) as caught:
            await appended(anna, folder, mail("a@x"), *bad)
        assert caught.value.reason == reason
    assert world.upstream.folders[folder].mails == {}
    await anna.append(
        folder,
        [
            NewMessage(
                (
                    "\\Seen",
                    "x" * 100,
                ),
                None,
                BytesBlob(mail("a@x")),
            )
        ],
    )
    for turn in "ab":
        words = [f"{turn}{number}" for number in range(99)]
        await appended(anna, folder, mail(f"{turn}@x"), *words)
    with pytest.raises(CannotDo) as caught:
        await anna.append(
            folder,
            [
                NewMessage(
                    (
                        "c1",
                        "c2",
                    ),
                    None,
                    BytesBlob(mail("c@x")),
                )
            ],
        )
    assert caught.value.reason == "too-many-keywords"


async def test_a_password_refused_from_the_first_is_told_as_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(upstream: FakeUpstream, unreadable: list[str]) -> object:
        raise UpstreamSignInRefused("wrong password")

    list_folders = FakeUpstream.list_folders
    monkeypatch.setattr(FakeUpstream, "list_folders", refused)
    sales = await world.second(answers=False)
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara = await world.enter("mara")
    async with asyncio.timeout(PATIENCE_S):
        while not sales.room.sign_in_refused:
            await asyncio.sleep(0.01)
    with pytest.raises(UpstreamSignInRefused):
        await mara.counts("Shared/sales/INBOX")
    monkeypatch.setattr(FakeUpstream, "list_folders", list_folders)
    sales.sync._call.set()
    async with asyncio.timeout(PATIENCE_S):
        while sales.room.sign_in_refused:
            await asyncio.sleep(0.01)
    with pytest.raises(UpstreamUnavailable) as caught:
        await mara.counts("Shared/sales/INBOX")
    assert type(caught.value) is UpstreamUnavailable
