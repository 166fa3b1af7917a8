"""Names that Windows takes, too (admin/client_setup/portable_name.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.client_setup.portable_name import portable
from proxyd.domain.login import LOGIN


@pytest.mark.parametrize(
    ("name", "made"),
    [
        *(("hanako", "hanako"), ("hanako.sato", "hanako.sato"), ("example.com", "example.com")),
        *(("con", "con+"), ("aux", "aux+"), ("nul", "nul+"), ("prn", "prn+"), ("com1", "com1+")),
        *(("lpt9", "lpt9+"), ("com10", "com10"), ("con.sato", "con+.sato"), ("aux.jp", "aux+.jp")),
        *(("con.", "con+.+"), ("hanako.", "hanako.+"), ("console", "console"), ("con_", "con_")),
    ],
)
def test_what_windows_keeps_for_itself_is_marked(name: str, made: str) -> None:
    assert portable(name) == made


@given(st.sets(st.from_regex(LOGIN, fullmatch=True) | st.sampled_from(["con", "con.", "con_"])))
def test_no_two_people_share_a_folder(logins: set[str]) -> None:
    made = {portable(login) for login in logins}
    assert len(made) == len(logins)
    assert not any(name.endswith(".") for name in made)
