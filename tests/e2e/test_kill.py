"""Promise 1 and 2: kill -9 in the middle of each kind of write loses nothing that was acknowledged.

People hammer at the proxy; the process is killed after a seeded number of acknowledgements plus a
few seeded milliseconds, so that it dies at another point of a write each time, and is started
again. Then what was acknowledged must be there, and what was under way must have happened once or
not at all.
"""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.e2e import hammers
from tests.e2e.conftest import Company
from tests.e2e.hammers import ARCHIVE, DOMAIN, KINDS, Hammer, Pace, UidMap
from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S, until

ACKNOWLEDGED = (5, 25)  # by one person, before the plug is pulled
JITTER_S = 0.012  # about the time of one change: the plug is pulled anywhere in it
FLOOD = 700  # more than is taken in by one transaction
FLOOD_S = 0.4  # about the time it takes

serial = iter(range(1_000_000))


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=0)


@pytest.fixture
def provider(office: Company) -> Iterator[imaplib.IMAP4]:
    """The truth, without the proxy between."""
    client = imaplib.IMAP4_SSL(
        "localhost", office.dovecot.tls_port, ssl_context=office.proxy.trust(), timeout=PATIENCE_S
    )
    client.login(office.dovecot.user, office.dovecot.password)
    yield client
    client.shutdown()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_write(office: Company, provider: imaplib.IMAP4, kind: type[Hammer]) -> None:
    random = Random(kind.__name__)
    survive(office, provider, [kind], random, random.randint(*ACKNOWLEDGED))


@pytest.mark.parametrize("seed", range(3))
def test_all_kinds_at_once(office: Company, provider: imaplib.IMAP4, seed: int) -> None:
    random = Random(seed)
    survive(office, provider, KINDS, random, len(KINDS) * random.randint(*ACKNOWLEDGED))


def test_taking_in_a_flood_of_new_mail(office: Company, provider: imaplib.IMAP4) -> None:
    """Nobody wrote anything: but who has seen a UID must find the same mail under it."""
    proxy, random = office.proxy, Random(7)
    settled(office, provider)
    with proxy.imap("anna") as client:
        seen = hammers.all_uids(client)
    delivered = deliver(office, FLOOD)
    for _ in range(3):
        time.sleep(random.random() * FLOOD_S)  # not a wait, as above
        with proxy.imap("anna") as client:
            now = hammers.all_uids(client)
        proxy.kill()
        proxy.start()
        uids_are_unchanged(seen, [], now)
        seen = now
    settled(office, provider)
    with proxy.imap("anna") as client:
        now = hammers.all_uids(client)
    uids_are_unchanged(seen, [], now)
    (inbox,) = [uids for (view, _), uids in now.items() if view == "INBOX"]
    there = Counter(inbox.values())
    assert {there[message_id] for message_id in delivered} == {1}


def survive(
    office: Company,
    provider: imaplib.IMAP4,
    kinds: tuple[type[Hammer], ...] | list[type[Hammer]],
    random: Random,
    count: int,
) -> None:
    proxy, pace = office.proxy, Pace()
    people = [kind(proxy, deliver(office, kind.needs_mails), pace) for kind in kinds]
    settled(office, provider)
    with proxy.imap("anna") as client:
        before = hammers.all_uids(client)
    with ThreadPoolExecutor(len(people)) as threads:
        ends = [threads.submit(person.run) for person in people]
        for end in ends:
            end.add_done_callback(pace.ended)
        pace.wait_for(count, len(people))
        time.sleep(random.random() * JITTER_S)  # not a wait: the dice decide where it dies
        proxy.kill()
        for end in ends:
            end.result(PATIENCE_S)
    assert sum(len(person.acknowledged) for person in people) >= count
    proxy.start()
    with proxy.imap("anna") as client:
        after = hammers.all_uids(client)
        states = inbox_states(client)
    uids_are_unchanged(before, people, after)
    for person in people:
        CHECKS[type(person)](person, office, after, states)
    settled(office, provider)
    nothing_lost_or_doubled(people, provider)
    with proxy.imap("anna") as client:
        uids_are_unchanged(after, people, hammers.all_uids(client))
    proxy.typed("audit", "verify")
    records = proxy.audit()
    for person in people:
        person.logged_enough(records)
        if isinstance(person, hammers.Storing | hammers.Copying):
            done_once_when_asked_again(person, provider)


# ---------------------------------------------------------------- before


def deliver(office: Company, count: int) -> list[str]:
    message_ids = [f"{next(serial)}@{DOMAIN}" for _ in range(count)]
    for message_id in message_ids:
        office.dovecot.deliver(hammers.mail(message_id))
    return message_ids


def settled(office: Company, provider: imaplib.IMAP4) -> None:
    """Until the proxy is well, and shows INBOX and Archive as the provider has them."""
    deadline = time.monotonic() + PATIENCE_S
    with office.proxy.imap("ben") as client:
        while time.monotonic() < deadline:
            if office.proxy.http("/readyz")[0] == 200 and all(
                messages(client, view) == messages(provider, view) for view in ("INBOX", ARCHIVE)
            ):
                return
            time.sleep(0.05)
    raise AssertionError(f"not in step with the provider:\n{office.proxy.log()[-4000:]}")


def messages(client: imaplib.IMAP4, view: str) -> list[str]:
    return sorted(hammers.select(client, view))


# ---------------------------------------------------------------- after


def inbox_states(client: imaplib.IMAP4) -> dict[str, set[str]]:
    """Message-ID → flags."""
    uids = hammers.select(client, "INBOX")
    flags = hammers.flags(client)
    return {message_id: flags[uid] for message_id, uid in uids.items()}


def uids_are_unchanged(before: UidMap, people: list[Hammer], after: UidMap) -> None:
    """Of every view: the same UIDVALIDITY, and no UID that stands for another mail than it did.

    What was promised by COPYUID and APPENDUID must be there.
    """
    assert before.keys() <= after.keys()
    for place, uids in before.items():
        now = after[place]
        assert {uid: now[uid] for uid in uids.keys() & now.keys()} == {
            uid: uids[uid] for uid in uids.keys() & now.keys()
        }
        fresh = now.keys() - uids.keys()
        assert min(fresh, default=2**32) > max(uids, default=0), place
    for person in people:
        for place, uids in person.promised.items():
            assert {uid: after[place].get(uid) for uid in uids} == uids, place


def statuses(words: set[str]) -> list[str]:
    return [word.removeprefix("$status-") for word in words if word.startswith("$status-")]


def check_status(
    person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]
) -> None:
    for message_id, allowed in person.wanted_now().items():
        before = set() if message_id in person.done() else {"open"}
        (status,) = statuses(states[message_id])
        assert status in allowed | before


def check_seen(person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]) -> None:
    for message_id, allowed in person.wanted_now().items():
        before = set() if message_id in person.done() else {"-"}
        assert ("+" if "\\Seen" in states[message_id] else "-") in allowed | before


def check_virtual_move(
    person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]
) -> None:
    """COPYUID was checked with the UIDs; the mail still lies in INBOX, and has the status."""
    for message_id, view in person.acknowledged:
        assert statuses(states[message_id]) == [str(view).rpartition("/")[2].lower()]


def check_archived(
    person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]
) -> None:
    archived_once(person, after)
    assert states.keys().isdisjoint(person.done())


def check_copied(
    person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]
) -> None:
    archived_once(person, after)
    assert states.keys() >= set(person.mails)


def archived_once(person: Hammer, after: UidMap) -> None:
    (archive,) = [uids for (view, _), uids in after.items() if view == ARCHIVE]
    there = Counter(archive.values())
    for message_id in person.done():
        assert there[message_id] == 1


def check_deleted(
    person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]
) -> None:
    """Out of INBOX and in Trash; killed between the two, in both."""
    there: Counter[str] = Counter()

    def looked() -> bool:
        """At the one that was under way: it may be gone from INBOX and in Trash not seen yet."""
        hammers.ok(client.select("Trash"))
        there.clear()
        there.update(hammers.uid_map(client).values())
        return all(there[message_id] or message_id in states for message_id in person.mails)

    with office.proxy.imap("anna") as client:
        looked()
        assert {there[message_id] for message_id in person.done()} <= {1}
        until(looked, "a mail is in neither")
    for message_id in person.done():
        assert message_id not in states


def check_sent(person: Hammer, office: Company, after: UidMap, states: dict[str, set[str]]) -> None:
    """Each acknowledged mail went out once and comes to lie in Sent once, tried again or not."""
    tries = person.done()[-3:] + ([person.trying[0]] if person.trying else [])
    for message_id in tries:
        went_out_before = gone_out(office)[message_id]
        sent_again = tried_again(office.proxy, message_id)
        if message_id in person.done() or went_out_before:
            assert gone_out(office)[message_id] == 1
        else:
            assert gone_out(office)[message_id] == int(sent_again)
    for message_id in person.done():
        assert gone_out(office)[message_id] == 1
    filed_once(office.proxy, person.done())


def tried_again(proxy: Installation, message_id: str) -> bool:
    """As a phone does that saw no answer. False: refused, because it may have gone out."""
    with proxy.smtp("anna") as client:
        try:
            hammers.send(client, message_id)
        except smtplib.SMTPDataError as refused:
            assert refused.smtp_code == 550
            return False
    return True


def gone_out(office: Company) -> Counter[str]:
    return Counter(
        line.removeprefix("Message-ID: <").removesuffix(">")
        for message in office.sink.received
        for line in message.message.decode().split("\r\n")
        if line.startswith("Message-ID: ")
    )


def filed_once(proxy: Installation, message_ids: list[str]) -> None:
    with proxy.imap("anna") as client:

        def there() -> Counter[str]:
            hammers.ok(client.select("Sent"))
            return Counter(hammers.uid_map(client).values())

        until(lambda: there().keys() >= set(message_ids), "not filed in Sent")
        now = there()
    assert {now[message_id] for message_id in message_ids} <= {1}


CHECKS = {
    hammers.ByKeyword: check_status,
    hammers.ByFolder: check_virtual_move,
    hammers.Reading: check_seen,
    hammers.Storing: check_archived,
    hammers.Copying: check_copied,
    hammers.Moving: check_archived,
    hammers.Deleting: check_deleted,
    hammers.Sending: check_sent,
}


def nothing_lost_or_doubled(people: list[Hammer], provider: imaplib.IMAP4) -> None:
    """At the provider: each mail once, deleted ones not at all, the one under way at most once."""
    inbox, archive = in_folder(provider, "INBOX"), in_folder(provider, ARCHIVE)
    for person in people:
        tried = person.trying[0] if person.trying else ""
        for message_id in person.mails:
            gone = isinstance(person, hammers.Deleting) and message_id in person.done()
            if isinstance(person, hammers.Copying):
                assert inbox[message_id] == 1
            elif not (isinstance(person, hammers.Deleting) and message_id == tried):
                assert (inbox + archive)[message_id] == (0 if gone else 1)
        if isinstance(person, hammers.Storing | hammers.Copying):
            assert archive[tried] <= 1


def done_once_when_asked_again(person: Hammer, provider: imaplib.IMAP4) -> None:
    """Whoever was cut off asks for it again: it may be there already."""
    if person.trying is None:
        return
    with person.proxy.imap("anna") as client:
        person.strike(client, hammers.select(client, "INBOX"), *person.trying)
    assert in_folder(provider, ARCHIVE)[person.trying[0]] == 1


def in_folder(provider: imaplib.IMAP4, folder: str) -> Counter[str]:
    """How often each mail is there."""
    hammers.ok(provider.select(folder, readonly=True))
    return Counter(hammers.uid_map(provider).values())
