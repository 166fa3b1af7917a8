"""All that goes beside Thunderbird on a machine of a shared mailbox, to unpack there. Pure.

The add-on installs itself from ``extensions``, in each new profile and with each new release of
Thunderbird; nobody is asked.
"""

from __future__ import annotations

from admin.client_setup.thunderbird_addon import ADDON_ID, addon
from admin.client_setup.thunderbird_policies import certificates, policies
from admin.client_setup.zipped import zipped
from proxyd.domain.client_facts import ClientFacts
from proxyd.domain.tags_told import TagsTold


def thunderbird_machine(facts: ClientFacts, told: TagsTold, token: str) -> bytes:
    """A ZIP archive for the folder ``distribution``. ``told`` and ``token``: the mailbox's."""
    files = {
        "policies.json": policies(facts, told.tags),
        **{f"certificates/{name}": pem for name, pem in certificates(facts).items()},
        f"extensions/{ADDON_ID}.xpi": addon(facts, told, token),
    }
    return zipped(files)
