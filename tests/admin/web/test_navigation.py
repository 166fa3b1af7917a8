"""What the frame of each page leads to (admin/web/navigation.py)."""

from __future__ import annotations

import pytest

from admin.web.navigation import NAVIGATION, home_of, place_at, places_of
from admin.web.routes import ROUTES
from proxyd.domain.types import Role


@pytest.mark.parametrize("role", Role)
def test_a_link_is_shown_to_whom_the_table_of_routes_lets_in(role):
    allowed = {row.path for row in ROUTES if row.method == "GET" and role in row.roles}
    shown = [row.path for row in places_of(role)]
    assert set(shown) <= allowed
    # Who has no overview is led from its address to where they begin.
    assert set(shown) | {"/"} == {row.path for row in NAVIGATION} & allowed | {"/"}
    assert home_of(role) == shown[0]


def test_each_place_has_a_key_of_its_own():
    assert len({row.key for row in NAVIGATION}) == len(NAVIGATION)


def test_of_which_place_a_page_is():
    assert (place_at("/me"), place_at("/me/record"), place_at("/menu")) == ("/me", "/me", "")
