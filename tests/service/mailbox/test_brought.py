"""What a person is putting here is known for as long as that takes."""

from __future__ import annotations

from proxyd.service.mailbox.brought import Brought


def test_known_as_long_as_somebody_is_at_it() -> None:
    brought = Brought()
    with brought.bringing(["a@x", "", "a@x"]):
        with brought.bringing(["a@x", "b@x"]):
            assert "a@x" in brought and "b@x" in brought
        assert "a@x" in brought and "b@x" not in brought
        assert "" not in brought, "mails without an id can't be told apart"
    assert "a@x" not in brought
