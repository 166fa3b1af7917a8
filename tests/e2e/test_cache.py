"""What is kept of mails, with a real provider: read once, there without it, gone when told so."""

from __future__ import annotations

import imaplib
import json
import random
import threading
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.patience import until

FIELDS = "(BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE MESSAGE-ID)])"
BIG = 100 * 1024 * 1024


@pytest.fixture
def company(found_company: object) -> Company:
    return found_company(count=60)  # type: ignore[operator,no-any-return]


def read(client: imaplib.IMAP4, what: str = "(BODY.PEEK[])", uids: str = "1:*") -> list[bytes]:
    """The literals, in the order of the UIDs."""
    answer, data = client.uid("FETCH", uids, what)
    assert answer == "OK", data
    return [part[1] for part in data if isinstance(part, tuple)]


def counts(company: Company) -> dict[str, int]:
    """The metrics of the cache, by their labels."""
    text = company.proxy.http("/metrics")[1]
    lines = [line for line in text.splitlines() if "proxyd_cache_" in line and "_total{" in line]
    return {line.rpartition(" ")[0]: int(float(line.rpartition(" ")[2])) for line in lines}


def misses(company: Company) -> int:
    found = counts(company)
    return sum(value for name, value in found.items() if 'result="miss"' in name)


def cache_files(company: Company) -> list[Path]:
    directory = company.proxy.directory / "data" / "cache"
    return [path for path in directory.glob("*/**/*") if path.is_file()]


def test_a_colleague_reads_what_is_there_also_without_the_provider(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        bodies, heads = read(anna), read(anna, FIELDS)
    assert len(bodies) == len(heads) == 60
    before = misses(company)
    company.proxy.stop()  # what was waiting to be written is written
    company.proxy.start()
    company.dovecot.stop()
    try:
        with company.proxy.imap("ben") as ben:
            assert ben.select("INBOX")[0] == "OK"
            assert read(ben) == bodies
            assert read(ben, FIELDS) == heads
            assert ben.uid("FETCH", "1:*", "(BODYSTRUCTURE)")[0] == "NO"
            assert read(ben, "(BODY.PEEK[])", "5") == [bodies[4]]
    finally:
        company.dovecot.start()
    assert before and misses(company) <= 60  # the BODYSTRUCTURE that nobody had asked for
    copied = [one for one in company.proxy.audit("--action", "copy") if one["actor"] == "ben"]
    assert len(copied) >= 61


def test_half_written_and_damaged_files_are_fetched_again(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        bodies, heads = read(anna), read(anna, FIELDS)
        company.proxy.kill()  # in the middle of writing, as likely as not
    company.proxy.start()
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        assert read(anna) == bodies and read(anna, FIELDS) == heads
    company.proxy.stop()
    chance = random.Random(4)
    spoilt = cache_files(company)
    assert len(spoilt) >= 61
    for file in spoilt:
        octets = bytearray(file.read_bytes())
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        file.write_bytes(octets)
    company.proxy.start()
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        assert read(anna) == bodies and read(anna, FIELDS) == heads
    assert counts(company)['proxyd_cache_troubles_total{what="damaged"}'] >= 61


def test_the_admin_looks_and_clears_while_it_runs(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        read(anna)
        read(anna, FIELDS)
    until(lambda: len(cache_files(company)) >= 61, "it is not written")
    (box,) = json.loads(company.proxy.command("cache", "status", "--json"))["mailboxes"]
    assert box["mailbox"] == "support" and box["entries"] >= 61 and box["octets"] > 0
    assert "support" in company.proxy.command("cache", "status")
    company.proxy.command("cache", "clear", "support")
    assert cache_files(company) == []
    before = misses(company)
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        assert len(read(ben)) == 60
    assert misses(company) == before + 60
    company.proxy.stop()
    assert cache_files(company) != []
    company.proxy.command("cache", "clear")
    assert cache_files(company) == []
    company.proxy.start()


def test_an_expunged_mail_leaves_the_disk(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        read(anna)
        company.proxy.stop()
        company.proxy.start()
    there = len(cache_files(company))
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        anna.uid("STORE", "1:20", "+FLAGS", r"(\Deleted)")
        assert anna.expunge()[0] == "OK"
    company.dovecot.doveadm(
        "expunge", "-u", company.dovecot.user, "mailbox", "INBOX", "1:10"
    )  # webmail
    until(lambda: len(cache_files(company)) <= there - 30, "they lie there still")


def own_kib(pid: int) -> int:
    """Its own memory: its share of what it maps with others grows when one of them ends."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nAnonymous:")[2].split()[0])


def test_a_mail_of_100_mb_takes_no_memory_and_one_fetch(company: Company) -> None:
    """Five people at once; the sixth gives up in the middle."""
    chance = random.Random(8)
    block = b"".join(b"%076x\r\n" % chance.getrandbits(300) for _ in range(1000))
    raw = b"Message-ID: <big@x>\r\nTo: %b\r\n\r\n" % ADDRESS.encode() + block * (BIG // len(block))
    company.dovecot.deliver(raw)
    company.proxy.wait_synced(61)
    with company.proxy.imap("anna") as anna:  # before it is measured
        anna.select("INBOX")
        read(anna, uids="1:3")
    before, most, failures = own_kib(company.proxy.pid), 0, []
    missed = misses(company)

    def work(number: int) -> None:
        try:
            with company.proxy.imap(("anna", "ben")[number % 2]) as client:
                client.select("INBOX")
                if number == 5:
                    client.send(b"x1 UID FETCH 61 (BODY.PEEK[])\r\n")
                    client.read(1_000_000)
                    client.shutdown()
                    return
                assert read(client, uids="61") == [raw]
        except Exception as error:  # told by the test
            if number == 5:
                return  # it has hung up before it said goodbye
            failures.append(f"{number}: {error!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, own_kib(company.proxy.pid))
        time.sleep(0.02)
    assert not failures
    assert misses(company) <= missed + 6
    assert most - before < 40 * 1024
