"""Where what is wished of a conversation shows."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.domain.workflow import check_shows


def test_a_mail_from_outside_in_a_folder_of_work_shows() -> None:
    check_shows("Sent", written_outside=True, working=True)


@pytest.mark.parametrize(
    ("written_outside", "reason", "facts"),
    [(True, "not-shown", {"folder": "Trash"}), (False, "nobody-wrote", {})],
)
def test_what_shows_nowhere_is_refused(
    written_outside: bool, reason: str, facts: dict[str, str]
) -> None:
    with pytest.raises(CannotDo) as refused:
        check_shows("Trash", written_outside=written_outside, working=False)
    assert (refused.value.reason, refused.value.facts) == (reason, facts)
