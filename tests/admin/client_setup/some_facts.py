"""Facts of a made-up company, and any facts at all for property tests."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer
from proxyd.domain.folder_names import ViewNames
from proxyd.domain.workflow import SHIPPED

SUPPORT = ClientMailbox(
    *("support", "support@Example.test", "ja", "notes@example.test"), ViewNames("ja", SHIPPED)
)
SALES = ClientMailbox(
    *("sales", "sales@example.test", "en", "notes@example.test"), ViewNames("en", SHIPPED)
)
HANAKO = ClientPerson("hanako", "山田 花子", (SUPPORT,), (), True)
BEN = ClientPerson("ben", "Ben Mori", (SALES, SUPPORT), (), True)

FACTS = ClientFacts(
    organisation="Aoba",
    imap=ClientServer("mail.example.test", 993, "tls"),
    smtp=ClientServer("send.example.test", 587, "starttls"),
    web="https://autoconfig.example.test",
    ca_pem="",
    mailboxes=(SUPPORT, SALES),
    people=(BEN, HANAKO),
)

names = st.text(max_size=60)  # also controls, quotes, markup, emoji, right-to-left
servers = st.builds(
    ClientServer,
    st.sampled_from(["mail.example.test", "localhost", "192.0.2.7"]),
    st.integers(1, 65_535),
    st.sampled_from(["tls", "starttls"]),
)


@st.composite
def any_facts(draw: st.DrawFn) -> ClientFacts:
    return replace(
        FACTS, organisation=draw(names), imap=draw(servers), smtp=draw(servers), web=draw(webs)
    )


webs = st.sampled_from(
    ["", "https://autoconfig.example.test", "https://web.example.org:8443", "https://192.0.2.7"]
)
