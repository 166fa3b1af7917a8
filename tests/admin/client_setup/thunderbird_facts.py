"""Facts for clients: two shared mailboxes, of which Hanako has both; names that need escaping."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from proxyd.domain.client_facts import ClientFacts, ClientMailbox, ClientPerson, ClientServer, Tag
from proxyd.domain.folder_names import ViewNames
from proxyd.domain.workflow import SHIPPED

SUPPORT = ClientMailbox(
    "support",
    "support@example.com",
    "en",
    "note@support.example.com.invalid",
    ViewNames("en", SHIPPED),
)
SALES = ClientMailbox(
    "sales", "Sales@Example.com", "ja", "note@sales.example.com.invalid", ViewNames("ja", SHIPPED)
)
TAGS = (
    Tag("$status-open", "Open", "#C62828"),
    Tag("$status-done", "対応済み", "#2E7D32"),
    Tag("$overdue", "Overdue", "#B71C1C"),
    Tag("$assignee-hanako", "花子 <“&”> 🖋", "#283593"),
)
HANAKO = ClientPerson("hanako", "花子", (SUPPORT, SALES), TAGS, may_respond=True)
TARO = ClientPerson("taro", "Taro", (SUPPORT,), TAGS, may_respond=False)
PEM = "-----BEGIN CERTIFICATE-----\nMIIB{}\n-----END CERTIFICATE-----\n"
FACTS = ClientFacts(
    organisation='Aoba "文具" & Co.',
    imap=ClientServer("mail.example.com", 1993, "tls"),
    smtp=ClientServer("send.example.com", 1587, "starttls"),
    web="https://autoconfig.example.com",
    ca_pem=PEM.format("root") + "\n" + PEM.format("issuing"),
    mailboxes=(SUPPORT, SALES),
    people=(HANAKO, TARO),
)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)


def called(name: str) -> ClientFacts:
    """An organisation, and a colleague, of that name."""
    tags = (*TAGS[:-1], replace(TAGS[-1], label=name))
    people = (replace(HANAKO, name=name, tags=tags), TARO)
    return replace(FACTS, organisation=name, people=people)
