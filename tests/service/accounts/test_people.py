"""Who is who, as of the last look."""

from __future__ import annotations

from proxyd.domain.types import Account, Role
from proxyd.service.accounts.people import People


def test_people_are_found_as_of_the_last_refresh() -> None:
    accounts = [Account(1, "anna", "Anna", Role.STAFF, False, {})]
    people = People(lambda: accounts)
    assert (list(people.all()), people.by_id(1), people.by_login("anna")) == ([], None, None)
    people.refresh()
    (anna,) = people.all()
    assert people.by_id(1) is people.by_login("anna") is anna
    accounts[:] = [Account(2, "ben", "Ben", Role.STAFF, False, {})]
    assert people.by_id(1) is anna
    people.refresh()
    assert people.by_id(1) is people.by_login("anna") is None
    assert people.by_login("ben") is people.by_id(2) is not None
