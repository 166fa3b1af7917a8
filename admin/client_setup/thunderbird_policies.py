"""policies.json: Thunderbird on a machine of the company, for whoever sits down at it.

It stands in ``distribution`` beside the program, or in /etc/thunderbird/policies on Debian, or
comes by GPO (https://thunderbird.github.io/policy-templates). It holds nothing about a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from admin.client_setup.thunderbird_addon import ADDON_ID
from admin.client_setup.thunderbird_preferences import preferences
from proxyd.domain.client_facts import ClientFacts, Tag

_COLLEAGUE: Final = "$assignee-"
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)


def policies(facts: ClientFacts, tags: Iterable[Tag], addon_url: str = "") -> bytes:
    """The file, UTF-8. ``addon_url``: where the machine finds the add-on, as file:/// or https://.

    Status "default": people may recolour and rename their tags, and it lasts. Colleagues' tags are
    left to the add-on: a default comes back at each start, so whoever has left would stay.
    """
    lasting = [tag for tag in tags if not tag.keyword.startswith(_COLLEAGUE)]
    rules: dict[str, object] = {
        "Preferences": {
            name: {"Value": value, "Status": "default"}
            for name, value in preferences(lasting).items()
        }
    }
    if facts.ca_pem:
        rules["Certificates"] = {"Install": list(certificates(facts))}
    if addon_url:
        rules["ExtensionSettings"] = {
            ADDON_ID: {
                "installation_mode": "force_installed",
                "install_url": addon_url,
                # Newer ones come from here, by another address; nobody else is asked for them.
                "updates_disabled": True,
            }
        }
    text = json.dumps({"policies": rules}, ensure_ascii=False, indent=2)
    return text.encode("utf-8") + b"\n"


def certificates(facts: ClientFacts) -> Mapping[str, bytes]:
    """The files that the policy names, for the folder ``certificates`` (on Windows and macOS
    ``Certificates``) in ``distribution`` beside the program. One certificate each, because
    Thunderbird reads only the first of a file; it takes no certificate within the policy.
    """
    found = _CERTIFICATE.findall(facts.ca_pem)
    names = [f"proxyd-ca-{number}.pem" for number in range(1, len(found) + 1)]
    return {name: pem.encode("ascii") + b"\n" for name, pem in zip(names, found, strict=True)}
