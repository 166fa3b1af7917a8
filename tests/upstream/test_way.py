"""What ends the way to a provider's server (proxyd/upstream/way.py), as values; each cause with its
sentence is in tests/commands/test_diagnosis.py.
"""

from __future__ import annotations

import pytest

from proxyd.domain.probe import ProbeFault
from proxyd.domain.types import Server
from proxyd.upstream.way import IMAP, SMTP, ProviderWay, WayBlocked
from tests.servers.ports import free_ports
from tests.upstream.conftest import server_of


def test_a_real_server_is_reached_by_the_newest_tls(dovecot):
    way = ProviderWay(server_of(dovecot), IMAP)
    way.find()
    assert way.secure() == "TLSv1.3"


def test_what_a_server_of_another_kind_says_is_a_fact(dovecot):
    with pytest.raises(WayBlocked) as blocked:
        ProviderWay(server_of(dovecot), SMTP).secure()
    assert blocked.value.fault is ProbeFault.OTHER_PROTOCOL
    assert blocked.value.facts["said"].startswith("* OK")


def test_nobody_listens():
    (port,) = free_ports(1)
    with pytest.raises(WayBlocked) as blocked:
        ProviderWay(Server("127.0.0.1", port, "plain", "x"), IMAP).find()
    assert (blocked.value.fault, blocked.value.facts) == (ProbeFault.NOBODY_LISTENS, {})
