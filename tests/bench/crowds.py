"""Many clients at once: mixed work, sign-ins over TLS, more clients than a provider lets in."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from tests.bench.load import loaded
from tests.bench.measure import Measure, at_least, told
from tests.bench.reading import login
from tests.bench.result import Goal, Row, Spread
from tests.bench.sides import Pair, Proxy, Side, direct_side, provider, scratch
from tests.e2e.installation import PEOPLE
from tests.servers.certificates import make_ca

SECONDS = 3.0  # of one round: some thousand steps, and short enough to alternate
TOGETHER = 10
CROWD_NAMES = ("login-first", "tls-login", "mixed-10", "mixed-50")
CROWD, ALLOWED, CROWD_MAILS = 200, 15, 200


def _users(side: Side) -> list[str]:
    return [side.user] if "@" in side.user else list(PEOPLE)


def mixed(side: Side, round_: int, *, clients: int, seconds: float = SECONDS) -> float:
    answer = loaded(
        kind="mixed", port=side.port, users=_users(side), password=side.password, clients=clients,
        seconds=seconds, seed=round_, mails=side.mails,
    )  # fmt: skip
    return float(answer["rate"])


def login_first(side: Side, round_: int, *, proxy: Proxy) -> float:
    """Of a person nobody has verified since the start; Dovecot compares a password in clear."""
    if "@" in side.user:
        return login(side, round_)
    newcomer = f"newcomer{round_}"
    proxy.add_person(newcomer, "A Newcomer")
    return login(replace(side, user=newcomer), round_)


def tls_login(side: Side, round_: int, *, ca: str) -> float:
    answer = loaded(
        kind="sign_ins", port=side.tls_port, ca=ca, users=_users(side), password=side.password,
        clients=TOGETHER, seconds=1.5,
    )  # fmt: skip
    return float(answer["rate"])


def crowd_measures(pair: Pair) -> tuple[Measure, ...]:
    ca = str(pair.proxy.certificates.ca)
    return (
        Measure(
            "login-first",
            "sign in for the first time: the password is verified",
            partial(login_first, proxy=pair.proxy),
            rounds=3,
            warm_up=False,
        ),
        Measure(
            "tls-login", f"TLS: sign-ins, {TOGETHER} at once", partial(tls_login, ca=ca), "/s",
            at_least(1.0), rounds=5,
        ),
        Measure(
            "mixed-10", "mixed work, 10 clients, operations",
            partial(mixed, clients=10), "/s", at_least(1.0), rounds=4,
        ),
        Measure(
            "mixed-50", "mixed work, 50 clients, operations",
            partial(mixed, clients=50), "/s", at_least(1.0), rounds=4,
        ),
    )  # fmt: skip


def crowd_row() -> Row:
    """How many of 200 clients are served where the provider allows 15 connections."""
    with ExitStack() as running:
        directory = running.enter_context(scratch())
        certificates = make_ca(directory / "tls")
        dovecot = running.enter_context(provider(certificates, CROWD_MAILS, ALLOWED))
        proxy = Proxy(directory, certificates)
        proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
        running.callback(proxy.close)
        proxy.start_synced(CROWD_MAILS)
        served = [
            loaded(
                kind="crowd", port=side.port, users=_users(side), password=side.password,
                clients=CROWD, mails=CROWD_MAILS,
            )["served"]
            for side in (
                proxy.side(CROWD_MAILS), direct_side(dovecot, proxy.trust(), CROWD_MAILS),
            )
        ]  # fmt: skip
    row = Row(
        "crowd", f"of {CROWD} clients at once, served; the provider allows {ALLOWED} connections",
        CROWD_MAILS, "clients", Spread.of([served[0]]), Spread.of([served[1]]),
        Goal("value", CROWD),
    )  # fmt: skip
    told(row)
    return row
