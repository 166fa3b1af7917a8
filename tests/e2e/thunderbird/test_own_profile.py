"""A profile that was made for Anna, on a machine of her mailbox, as the kit has both: her account
is there, and only her password is typed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from zipfile import ZipFile

import pytest

from admin.client_setup.thunderbird_addon import ADDON_ID
from admin.client_setup.thunderbird_machine import thunderbird_machine
from admin.client_setup.thunderbird_user_js import user_js
from proxyd.domain.tags_told import told_of_mailbox
from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD
from tests.e2e.thunderbird.kit import ORGANISATION, kit
from tests.e2e.thunderbird.letter import Letter
from tests.e2e.thunderbird.machine import machine
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.screen import Screen
from tests.patience import until

TITLE = ORGANISATION
LABELS = ["Open", "Checking", "On hold", "Done"]
SENT = "Sent Items"
# A provider with its own word for the folder.
OWN_WORD = f"""
namespace inbox {{
  mailbox Sent {{
    auto = no
    special_use =
  }}
  mailbox "{SENT}" {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
"""

INSTALLED = """
const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
return AddonManager.getAddonByID(arguments[0]).then(one => !!one?.isActive);
"""
# Marionette can't begin before the question that comes with the start is answered.
LATER: dict[str, object] = {
    "mail.server.server1.login_at_startup": False,
    "mail.server.server1.check_new_mail": False,
}


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(extra=OWN_WORD)


@pytest.fixture(scope="module")
def anna(
    company: Company, screen: Screen, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Thunderbird]:
    directory = tmp_path_factory.mktemp("profile")
    made = kit(company.proxy)
    person = made.person("anna")
    told = told_of_mailbox(ORGANISATION, person.mailboxes[0], person.tags)
    with ZipFile(io.BytesIO(thunderbird_machine(made.facts, told, ""))) as archive:
        beside = {name: archive.read(name) for name in archive.namelist()}
    program = Thunderbird(directory, screen, LATER, machine(directory, beside))
    own = user_js(made.facts, person)
    (program.profile / "user.js").write_bytes(own + (program.profile / "user.js").read_bytes())
    try:
        program.start()
        yield program
    finally:
        program.close()


def accounts(anna: Thunderbird) -> list[str]:
    return [name for depth, name, _ in anna.look("folders") if depth == 1]


def test_only_the_password_is_typed_as_it_stands_on_the_sheet_and_once(
    company: Company, anna: Thunderbird
) -> None:
    anna.do("answerPasswordDialogs", f"anna:{PASSWORD}")
    anna.open(TITLE, "Inbox")
    anna.see("the virtual folders", lambda: anna.shows(TITLE, "Status", "Open"))
    assert anna.look("senders") == [[ORGANISATION, ADDRESS, None]]
    assert [label for _, label, _ in anna.look("tagList")][:4] == LABELS

    letter = Letter(company, "reply")
    anna.read(letter.subject)
    anna.do("reply")
    anna.see("a reply", lambda: anna.look("draft"))
    anna.do("type", "It is on its way.")
    anna.do("send")
    anna.see("the window closed", lambda: anna.look("draft") is None)
    (sent,) = company.sink.received
    message_id = re.findall(rb"(?im)^message-id: (<.*?>)", sent.message)[0].decode()
    until(lambda: company.proxy.audit("--action", "append", "--message", message_id))
    assert company.dovecot.count(SENT, message_id) == 1
    (asked,) = anna.look("asked")
    assert "anna" in asked
    assert anna.look("dialogs") == []
    assert accounts(anna) == [TITLE, "Local Folders"]


def test_the_add_on_beside_the_program_has_installed_itself(anna: Thunderbird) -> None:
    anna.see("the add-on", lambda: anna.run(INSTALLED, ADDON_ID))
    assert anna.look("dialogs") == []


def test_read_again_at_the_next_start_the_file_adds_and_hides_nothing(anna: Thunderbird) -> None:
    before = [anna.look("senders"), anna.look("tagList"), accounts(anna)]
    anna.open("Local Folders", "Trash")  # what is open is opened again
    anna.quit()
    anna.start()
    anna.see("the folders", lambda: accounts(anna))
    assert [anna.look("senders"), anna.look("tagList"), accounts(anna)] == before
    assert anna.look("folders").count([1, "Local Folders", 0]) == 1
