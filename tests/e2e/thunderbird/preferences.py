"""What Thunderbird must not do in a test, and what its tags are called."""

from __future__ import annotations

# What the program must not do here: greet, ask, phone home, wait for a desktop that is not there.
QUIET: dict[str, object] = {
    "marionette.port": 0,
    "alerts.useSystemBackend": False,
    "app.donation.eoy.version.viewed": 999,
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.search.update": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "mail.chat.enabled": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spam.manualMark": False,
    "mail.spotlight.firstRunDone": True,
    "mail.threadpane.listview": 0,
    "mail.ui-rdf.version": 999,
    "mailnews.default_view_flags": 0,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "security.OCSP.enabled": 0,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
}

# As an admin hands them out: the key is the keyword, the label is what people see.
TAGS = {
    "$status-open": ("Open", "#E53935"),
    "$status-checking": ("Checking", "#FB8C00"),
    "$status-hold": ("On hold", "#8E24AA"),
    "$status-done": ("対応済み", "#43A047"),
    "$replying": ("返信中", "#6D4C41"),
    "$assignee-anna": ("佐藤 あんな", "#1E88E5"),
    "$assignee-ben": ("Ben Mori", "#00897B"),
}


def tags() -> dict[str, object]:
    """As preferences."""
    made: dict[str, object] = {}
    for key, (label, color) in TAGS.items():
        made[f"mailnews.tags.{key}.tag"] = label
        made[f"mailnews.tags.{key}.color"] = color
    return made
