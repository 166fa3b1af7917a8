"""What the demo says (app/demo_text.py)."""

from __future__ import annotations

import pytest

from proxyd.app.demo_text import DemoUser, as_text

PORTS = {
    "imap_tls": 1,
    "imap_starttls": 2,
    "smtp_tls": 3,
    "smtp_starttls": 4,
    "http": 5,
    "console": 6,
}


@pytest.mark.parametrize(
    ("language", "parent", "said", "apart"),
    [
        ("en", "Status", "as user name, and one password: anna:s3cret", "These two read no"),
        ("ja", "対応状況", "パスワードに anna:s3cret を入力します", "次の2人はメールを使えない"),
    ],
)
def test_it_says_the_two_things_that_are_enough(
    language: str, parent: str, said: str, apart: str
) -> None:
    folders = {"open": f"{parent}/x", "mine": "y"}
    text = as_text(
        language,
        folders,
        [
            *(DemoUser(login, login.title(), "s3cret", "staff") for login in ("anna", "ben")),
            *(DemoUser(role, role.title(), "0ther", role) for role in ("admin", "auditor")),
        ],
        address="support@example.test",
        short="anna:s3cret",
        ca_file="ca.pem",
        config="proxyd.toml",
        proxyd="proxyd",
        **PORTS,
    )
    assert said in text and "support@example.test" in text
    assert "{" not in text
    set_up, told, others = text.partition(apart)
    assert told and "0ther" not in set_up, "nobody sets up a mail client that is turned away"
    assert others.count("0ther") == 2 and "s3cret" not in others
