"""What COMPRESS=DEFLATE costs and saves: ``python -m tests.bench.compression``.

Memory of idle connections with and without it, and octets, seconds and processor time of the lines
Thunderbird fetches when it opens a folder. The proxy is a process of its own, in front of a real
Dovecot.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.corpus import mails
from tests.e2e.installation import Installation
from tests.e2e.raw_line import RawLine, signed_in
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

MAILS = 2000
CONNECTIONS = 100
TICKS = os.sysconf("SC_CLK_TCK")
FETCHES = {
    "flags": b"UID FETCH 1:* (FLAGS)",
    "headers": b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc "
    b"Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To "
    b"Content-Type Reply-To)])",
    "bodies": b"UID FETCH 1:200 (UID RFC822.SIZE BODY.PEEK[])",
}


@contextmanager
def proxy() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        directory = Path(name)
        certificates = make_ca(directory)
        provider = running.enter_context(Dovecot(certificates=certificates))
        sink = SmtpSink(certificates=certificates, user=provider.user, password=provider.password)
        running.enter_context(sink.in_thread())
        for raw, _, _ in mails(MAILS):
            provider.deliver(raw)
        installation = Installation(directory, certificates)
        user = provider.user.replace("@", "%40")
        installation.set_up(provider, f"smtps://{user}@127.0.0.1:{sink.port}", provider.password)
        installation.start()
        running.callback(installation.close)
        installation.wait_synced(MAILS)
        yield installation


def pss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss: +(\d+) kB", text, re.MULTILINE)[0])


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def packer(*, compressed: bool) -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    if not compressed:
        return bytes, bytes
    out, into = zlib.compressobj(6, zlib.DEFLATED, -15), zlib.decompressobj(-15)
    return lambda data: out.compress(data) + out.flush(zlib.Z_SYNC_FLUSH), into.decompress


def ask(line: RawLine, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes],
        command: bytes) -> tuple[int, int]:  # fmt: skip
    """(octets on the line, octets of plain text) of the answer."""
    line.send(pack(b"x " + command + b"\r\n"))
    sent, plain, tail = 0, 0, b""
    while not re.search(rb"(?:\A|\r\n)x (?:OK|NO|BAD) [^\n]*\r\n\Z", tail):
        octets = line.receive()
        assert octets, "closed"
        text = unpack(octets)
        sent, plain, tail = sent + len(octets), plain + len(text), (tail + text)[-300:]
    return sent, plain


def measure_fetches(installation: Installation, *, compressed: bool) -> None:
    with signed_in(installation) as line:
        pack, unpack = packer(compressed=compressed)
        if compressed:
            assert b" OK " in line.ask(b"c COMPRESS DEFLATE")[-1]
        ask(line, pack, unpack, b"SELECT INBOX")
        for name, command in FETCHES.items():
            ask(line, pack, unpack, command)  # what the provider must be asked for is here now
            began, cpu = time.monotonic(), cpu_s(installation.pid)
            sent, plain = ask(line, pack, unpack, command)
            took, cpu = time.monotonic() - began, cpu_s(installation.pid) - cpu
            print(
                f"{name:8} {'deflate' if compressed else 'plain':8} {sent:>9} of {plain:>9} octets"
                f"  {took:6.2f} s, {cpu:5.2f} s of the proxy's processor"
            )


def measure_memory(installation: Installation, *, compressed: bool) -> None:
    with ExitStack() as open_lines:
        before = pss_kib(installation.pid)
        for _ in range(CONNECTIONS):
            line = open_lines.enter_context(signed_in(installation))
            pack, unpack = packer(compressed=compressed)
            if compressed:
                assert b" OK " in line.ask(b"c COMPRESS DEFLATE")[-1]
            ask(line, pack, unpack, b"SELECT INBOX")
            ask(line, pack, unpack, b"UID FETCH 1:50 (FLAGS RFC822.SIZE)")
        each = (pss_kib(installation.pid) - before) / CONNECTIONS
        print(
            f"memory   {'deflate' if compressed else 'plain':8} {each:6.0f} KiB a connection (PSS)"
        )


def main() -> None:
    with proxy() as installation:
        for compressed in (False, True):
            measure_fetches(installation, compressed=compressed)
        for compressed in (False, True, False, True):
            measure_memory(installation, compressed=compressed)


if __name__ == "__main__":
    main()
