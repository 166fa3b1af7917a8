"""Rules on arrival: set by an admin while everybody works, in force on the next mail."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_main_job import arrive, enquiry, flags_of, uid_of
from tests.patience import until

RULES = """
[[rule]]
name = "Urgent"
header = { "X-Priority" = "1*" }
status = "checking"
assignee = "ben"

[[rule]]
name = "Orders in turn"
subject = "order"
assign-in-turn = ["anna", "ben"]
"""


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=3)


def test_rules_while_everybody_works(company: Company) -> None:
    proxy = company.proxy
    file = proxy.directory / "rules.toml"
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        _, before = arrive(company, anna, "my order")
        assert not any(flag.startswith("$assignee") for flag in flags_of(anna, before))
        file.write_text(RULES)
        assert "version 1" in proxy.command("rules", "set", "support", str(file))
        until(lambda: given(company, anna, "my order") == "anna", "the rules are not in force")
        assert given(company, anna, "another order") == "ben"
        proxy.stop()
    proxy.start()
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        assert given(company, anna, "after a restart: my order") == "anna"
        message_id, raw = enquiry("it burns")
        company.dovecot.deliver(b"X-Priority: 1 (Highest)\r\n" + raw)
        assert {"$status-checking", "$assignee-ben"} <= flags_of(anna, uid_of(anna, message_id))
    (record,) = proxy.audit("--message", message_id.strip("<>"), "--action", "status")
    assert record["detail"] == {
        "from": "open",
        "to": "checking",
        "by": "rule",
        "rules": ["Urgent"],
        "version": 1,
    }
    shown = proxy.command("conversation", "show", message_id)
    assert "a rule on arrival fits: Urgent (version 1)" in shown
    assert "gave it to ben, by the rule Urgent" in shown
    proxy.command("user", "remove", "ben", "--yes")
    until(lambda: "gives mail to nobody" in told(company), "nobody is told that ben is gone")


def given(company: Company, client: object, subject: str) -> str:
    """To whom a new mail is."""
    _, uid = arrive(company, client, subject)  # type: ignore[arg-type]
    flags = flags_of(client, uid)  # type: ignore[arg-type]
    found = [flag for flag in flags if flag.startswith("$assignee-")]
    return found[0].removeprefix("$assignee-") if found else ""


def told(company: Company) -> str:
    return " ".join(json.loads(company.proxy.http("/readyz")[1]).get("notices", ()))
