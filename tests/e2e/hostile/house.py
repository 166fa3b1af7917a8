"""One proxy with a mailbox for each kind of bad provider, all of them read side by side.

What is asserted of each is the same four things: what clients get, and what log, readiness, metrics
and ``proxyd mailbox status`` say; those four must agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proxyd.commands.installation import Installation as At
from proxyd.commands.installation import within
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.mailbox_input import MailboxWishes
from tests.e2e.hostile.provider import FAITHFUL, HostileProvider, Quirk
from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.test_strict_over_sockets import Desk
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.strict import asks

MAILS = 5
BAD = 3  # the UID of the one that a provider stumbles over
WORK = 2  # mails of another folder
SECRET = "upstream secret"
# However long the tests before took, what is mended is looked at again within a test's patience.
IMPATIENT = "connect_s = 2\ncommand_s = 5\nlook_again_s = 10\n"


def text_of(name: str, number: int, folder: str = "INBOX") -> bytes:
    return (
        f"From: Hanako <hanako@customer.example.org>\r\nTo: {name}@example.test\r\n"
        f"Subject: {folder} {number}\r\nDate: Mon, 23 Nov 2026 10:0{number}:00 +0900\r\n"
        f"Message-ID: <{folder}{number}@{name}.example.org>\r\n\r\nText {number}\r\n"
    ).encode()


@dataclass(frozen=True)
class Seen:
    """Of one condition, wherever it is told."""

    kind: str
    folder: str = ""
    uids: tuple[int, ...] = ()


class House:
    def __init__(self, directory: Path, certificates: Certificates, names: Iterable[str]) -> None:
        self.names = list(names)
        users = {f"{name}@example.test": SECRET for name in self.names}
        self.dovecot = Dovecot(certificates=None, users=users)
        self.provider = HostileProvider(self.dovecot, certificates)
        (http,) = free_ports(1)
        self.proxy = Installation(directory, certificates, IMPATIENT)
        config = self.proxy.config.read_text()
        self.proxy.config.write_text(
            config.replace('[http]\nlisten = "127.0.0.1:0"', f'[http]\nlisten = "127.0.0.1:{http}"')
        )
        self._ca = certificates.ca

    def start(self, quirks: Mapping[str, Quirk]) -> None:
        self.dovecot.start()
        for name in self.names:
            for number in range(1, MAILS + 1):
                self.dovecot.deliver(text_of(name, number), user=f"{name}@example.test")
            for number in range(1, WORK + 1):
                raw = text_of(name, number, "Work")
                self.dovecot.deliver(raw, "Work", user=f"{name}@example.test")
        self.provider.quirks |= {f"{name}@example.test": q for name, q in quirks.items()}
        self.provider.start()
        within(self.proxy.config, self._furnish)
        grants = [word for name in self.names for word in ("--grant", f"{name}:manage")]
        words = ("user", "add", "anna", "--name", "Anna", *grants, "--password-stdin")
        self.proxy.typed(*words, stdin=PASSWORD + "\n")
        self.proxy.start()

    async def _furnish(self, at: At) -> None:
        admin = MailboxAdmin(at.store, at.sealer)
        for name in self.names:
            wanted = MailboxWishes(
                address=f"{name}@example.test",
                imap=f"imaps://{name}%40example.test@127.0.0.1:{self.provider.port}",
                smtp=f"smtps://{name}%40example.test@127.0.0.1:1",
                imap_ca_file=str(self._ca),
                smtp_ca_file=str(self._ca),
            )
            await admin.add(name, wanted, SECRET, by=at.actor)
            await admin.set_policy(name, {"folder-order": "plain"}, by=at.actor)

    def close(self) -> None:
        self.proxy.close()
        self.provider.stop()
        self.dovecot.close()

    def heal(self) -> None:
        """From now on the provider is as good as any."""
        for name in self.names:
            self.provider.quirks[f"{name}@example.test"] = FAITHFUL

    # ------------------------------------------------------------------ what is told

    def readiness(self) -> tuple[int, dict[str, list[object]]]:
        code, text = self.proxy.http("/readyz")
        return code, json.loads(text)

    def ready(self, name: str) -> set[Seen]:
        told = self.readiness()[1].get("conditions", [])
        return {_seen(one) for one in told if one["mailbox"] == name}  # type: ignore[index]

    def serious(self, name: str) -> bool:
        reasons = self.readiness()[1].get("reasons", [])
        return any(str(one).startswith(f"{name}: ") for one in reasons)

    def metrics(self, name: str) -> dict[str, int]:
        """Kind → how many, of those that there are."""
        text = self.proxy.http("/metrics")[1]
        label = rf'^proxyd_upstream_troubles{{kind="(\w+)",mailbox="{name}"}} (\d+)'
        found = re.findall(label, text, re.MULTILINE)
        return {kind: int(count) for kind, count in found if int(count)}

    def log_lines(self, name: str) -> list[str]:
        lines = self.proxy.log().splitlines()
        return [one for one in lines if f"mailbox {name}: " in one or f"mailbox {name} is" in one]

    def status(self) -> dict[str, set[Seen]]:
        """What ``proxyd mailbox status`` says, by mailbox."""
        rows = json.loads(self.proxy.command("mailbox", "status", "--json"))
        return {row["mailbox"]: {_seen(one) for one in row["conditions"]} for row in rows}

    # ------------------------------------------------------------------ what clients get

    def messages(self, name: str, folder: str = "INBOX") -> int | None:
        with self.proxy.imap(f"anna*{name}") as client:
            done, data = client.status(f'"{folder}"', "(MESSAGES)")
            found = re.findall(rb"MESSAGES (\d+)", data[0]) if done == "OK" else []
            return int(found[0]) if found else None

    def subjects(self, name: str, folder: bytes = b"INBOX") -> list[bytes | None]:
        """As a strict client reads the list; None where a mail has none."""
        desk = Desk(self.proxy, f"anna*{name}")
        try:
            assert desk.ask(asks.select(folder, read_only=True)).ok
            items = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
            told = desk.ask(asks.fetch(((1, 0),), items))
            assert told.ok, told
            found: dict[int, bytes | None] = {}
            for one in told.data("FETCH"):
                assert isinstance(one.value, dict)
                if "ENVELOPE" in one.value:
                    found[one.number or 0] = one.value["ENVELOPE"][1]
            return [found[number] for number in sorted(found)]
        finally:
            desk.close()


def _seen(one: dict[str, object]) -> Seen:
    return Seen(str(one["kind"]), str(one["folder"]), tuple(one["uids"]))  # type: ignore[arg-type]
