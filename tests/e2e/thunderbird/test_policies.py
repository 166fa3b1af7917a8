"""A machine that an admin has prepared: policies.json, the authority's certificate, the add-on.

Its user, Anna, types what she takes for her address, and her password; the rest is there. One start
serves all.
"""

from __future__ import annotations

import imaplib
import json
import re
from collections.abc import Callable, Iterator

import pytest

from admin.client_setup.thunderbird_addon import addon
from admin.client_setup.thunderbird_policies import certificates, policies
from proxyd.domain.tags_told import told_to_person
from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.thunderbird.conftest import account
from tests.e2e.thunderbird.kit import ORGANISATION, kit
from tests.e2e.thunderbird.letter import Letter
from tests.e2e.thunderbird.machine import machine
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.screen import Screen
from tests.e2e.thunderbird.web_server import WebServer
from tests.patience import until

SECONDS = 0.5  # between two looks of the add-on at who works here
TYPED = "anna@example.test"
TITLE = "support"
STATUSES = ["$status-open", "$status-checking", "$status-hold", "$status-done"]
SIGNS = ["$overdue", "$replying"]
PEOPLE = ["$assignee-anna", "$assignee-ben"]
LEAVER = "$assignee-dora"  # who is there when the machine is prepared
OWN = [f"$label{n}" for n in range(1, 6)]
WRONG = [
    b"<p>Bad Gateway",
    b'{"tags": []}',
    b'{"tags": [{"key": "$label1", "label": "x", "colour": "#123456", "ordinal": "!1"}]}',
]
# Anna's own account, with the very address; nobody listens there.
OWN_ACCOUNT = """
const server = MailServices.accounts.createIncomingServer("anna", "127.0.0.1", "imap");
server.port = 9;
server.loginAtStartUp = server.doBiff = false;
const account = MailServices.accounts.createAccount();
account.incomingServer = server;
const identity = MailServices.accounts.createIdentity();
[identity.email, identity.fullName] = [arguments[0], "Anna"];
account.addIdentity(identity);
"""


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    company = found_company(more=f"[clients]\norganisation = '{ORGANISATION}'")
    company.proxy.add_person("dora", "Dora")
    return company


@pytest.fixture(scope="module")
def web(company: Company) -> Iterator[WebServer]:
    server = WebServer(company.proxy.certificates, company.proxy.ports["http"])
    yield server
    server.close()


@pytest.fixture(scope="module")
def anna(
    company: Company, web: WebServer, screen: Screen, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Thunderbird]:
    directory = tmp_path_factory.mktemp("machine")
    made = kit(company.proxy, f"https://localhost:{web.port}")
    told = told_to_person(made.facts.organisation, made.person("anna"))
    file = directory / "tags.xpi"
    file.write_bytes(addon(made.facts, told, made.tokens["anna"], SECONDS / 60))
    beside = {f"certificates/{name}": pem for name, pem in certificates(made.facts).items()}
    beside["policies.json"] = policies(made.facts, told.tags, file.as_uri())
    program = Thunderbird(directory, screen, {}, machine(directory, beside))
    try:
        program.start()
        program.run(OWN_ACCOUNT, TYPED)
        typed = account(company.proxy, TYPED)
        program.do("setUp", {**typed, "ca": "", "title": TITLE, "address": TYPED})
        program.open(TITLE, "Inbox")
        yield program
    finally:
        program.close()


@pytest.fixture
def ben(company: Company) -> Iterator[imaplib.IMAP4_SSL]:
    with company.proxy.imap("ben") as client:
        client.select("INBOX")
        yield client


def keys(anna: Thunderbird) -> list[str]:
    return [key for key, _, _ in anna.look("tagList")]


def label(anna: Thunderbird, wanted: str) -> list[str]:
    """Label and colour."""
    return next((shown for key, *shown in anna.look("tagList") if key == wanted), [])


def test_the_program_takes_every_policy(anna: Thunderbird) -> None:
    script = "return [Services.policies.status, Services.policies.getActivePolicies()]"
    status, active = anna.run(script)
    assert status == anna.run("return Ci.nsIEnterprisePolicies.ACTIVE")
    assert set(active) == {"Preferences", "Certificates", "ExtensionSettings"}


def test_our_own_authority_is_trusted_without_a_question(anna: Thunderbird) -> None:
    assert anna.look("folder") == "Inbox"
    assert anna.look("dialogs") == []
    assert anna.look("notifications") == []


def test_statuses_come_first_then_signs_and_people_then_its_own(anna: Thunderbird) -> None:
    assert keys(anna) == [*STATUSES, *SIGNS, *PEOPLE, LEAVER, *OWN]
    assert label(anna, "$status-done") == ["Done", "#2E7D32"]
    assert label(anna, "$assignee-anna")[0] == "佐藤 あんな"


def test_digit_keys_set_the_status(company: Company, anna: Thunderbird, ben: imaplib.IMAP4) -> None:
    letter = Letter(company, "digits")
    anna.read(letter.subject)
    for digit, wanted in ((4, "done"), (2, "checking"), (1, "open"), (3, "hold"), (3, "open")):
        anna.do("press", str(digit))
        status = {f"$status-{wanted}"}
        until(lambda status=status: letter.flags(ben) & set(STATUSES) == status)


def test_the_second_of_two_keys_counts_though_the_mail_leaves_by_the_first(
    company: Company, anna: Thunderbird, ben: imaplib.IMAP4
) -> None:
    letter = Letter(company, "mistyped")
    anna.open(TITLE, "Status", "Open")
    anna.read(letter.subject)
    anna.do("press", "4")
    anna.do("press", "2")
    until(lambda: letter.flags(ben) & set(STATUSES) == {"$status-checking"})
    anna.see("it gone", lambda: anna.row(letter.subject) is None)
    stores = re.findall(r"uid store (\d+) \+FLAGS \(\$(status-\w+)\)", anna.dialogue())[-2:]
    assert [word for _, word in stores] == ["status-done", "status-checking"]
    assert len({uid for uid, _ in stores}) == 1, "of the UID that the first has put out"


def test_who_typed_the_own_login_sends_from_the_shared_address(anna: Thunderbird) -> None:
    anna.see("the sender", lambda: [ORGANISATION, ADDRESS, None] in anna.look("senders"))
    assert ["Anna", TYPED, None] in anna.look("senders")  # her own account is hers


def test_who_was_there_when_the_machine_was_prepared_and_leaves_goes(
    company: Company, anna: Thunderbird
) -> None:
    company.proxy.typed("user", "leave", "dora", "--unassigned", "--yes")
    anna.see("them gone", lambda: keys(anna) == [*STATUSES, *SIGNS, *PEOPLE, *OWN])


def test_who_comes_is_renamed_and_goes_shows_and_what_the_user_changed_stays(
    company: Company, anna: Thunderbird
) -> None:
    proxy = company.proxy
    anna.run('MailServices.tags.addTagForKey("mine", "Mine alone", "#123456", "")')
    anna.run('MailServices.tags.setColorForKey("$status-done", "#00FF00")')
    anna.run('MailServices.tags.setTagForKey("$status-hold", "Parked")')
    proxy.add_person("carol", "Carol <“&”>")
    anna.see("Carol", lambda: label(anna, "$assignee-carol")[:1] == ["Carol <“&”>"])
    assert keys(anna) == [*STATUSES, *SIGNS, *PEOPLE, "$assignee-carol", *OWN, "mine"]
    anna.run('MailServices.tags.setColorForKey("$assignee-carol", "#0000FF")')
    proxy.typed("user", "rename", "carol", "--name", "Ben Mori")  # there is one already
    anna.see("it", lambda: label(anna, "$assignee-carol") == ["Ben Mori (carol)", "#0000FF"])
    proxy.typed("user", "disable", "carol")
    anna.see("her gone", lambda: keys(anna) == [*STATUSES, *SIGNS, *PEOPLE, *OWN, "mine"])
    assert label(anna, "$status-done") == ["Done", "#00FF00"]
    assert label(anna, "$status-hold") == ["Parked", "#A15C00"]


def test_colleagues_whose_names_are_swapped_have_each_the_others_and_a_users_tag_has_its_own(
    anna: Thunderbird, web: WebServer
) -> None:
    def told(**labels: str) -> bytes:
        tags = [
            {"key": key, "label": labels.get(key[-4:], shown), "colour": colour, "ordinal": "!1"}
            for key, shown, colour in anna.look("tagList")
            if key in (*STATUSES, *SIGNS, *PEOPLE)
        ]
        facts = {"organisation": "", "login": "anna", "mailboxes": [ADDRESS]}
        return json.dumps({**facts, "tags": tags}).encode()

    names = {key[-4:]: label(anna, key)[0] for key in PEOPLE}
    ben, anna_s = names["-ben"], names["anna"]
    try:
        web.wrong = told(**{"-ben": anna_s, "anna": ben})
        anna.see("them swapped", lambda: label(anna, PEOPLE[1])[:1] == [anna_s])
        assert label(anna, PEOPLE[0])[0] == ben
        web.wrong = told(**{"-ben": "Mine alone", "anna": anna_s})
        anna.see("it", lambda: label(anna, PEOPLE[1])[:1] == ["Mine alone (ben)"])
        assert label(anna, "mine")[0] == "Mine alone"
    finally:
        web.wrong = None
    anna.see("them back", lambda: [label(anna, key)[0] for key in PEOPLE] == [anna_s, ben])


def test_the_text_of_a_mail_is_fetched_when_it_is_opened_and_not_before(anna: Thunderbird) -> None:
    assert re.findall(r"BODY\.PEEK\[\]", anna.dialogue()) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_changes_nothing(anna: Thunderbird, web: WebServer, wrong: bytes) -> None:
    before = anna.look("tagList")
    web.wrong = wrong
    asked_twice(web)
    web.wrong = None
    assert anna.look("tagList") == before


def test_who_is_switched_off_is_told_nothing_and_loses_no_tag(
    company: Company, anna: Thunderbird, web: WebServer
) -> None:
    before = anna.look("tagList")
    company.proxy.typed("user", "disable", "anna")
    until(lambda: web.answered[-1] == 401)
    asked_twice(web)
    assert web.answered[-1] == 401
    assert anna.look("tagList") == before


def asked_twice(web: WebServer) -> None:
    """The first answer from now on is worked up when the second is asked for."""
    many = len(web.answered) + 3
    until(lambda: len(web.answered) >= many)
