"""How a test's Dovecot is configured, in the words of 2.3 and of 2.4: neither reads the other's.

What a test adds may be one text for both, or one for each: ``{(2, 3): "…", (2, 4): "…"}``.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from tests.servers.certificates import Certificates

Extra = str | Mapping[tuple[int, int], str]

# What Dovecot 2.3.19 announces to a signed-in user, in its order.
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES"
    " THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN"
    " NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN"
    " CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE"
    " SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"
)

FOLDERS = ("Sent", "Drafts", "Trash", "Junk", "Archive")

_BEGINS = {
    (2, 3): "",
    (2, 4): "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n",
}

_COMMON = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S.%{{usecs}} "
listen = 127.0.0.1
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
default_process_limit = 200
default_client_limit = 500
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain login
auth_failure_delay = 0
mail_fsync = never
maildir_stat_dirs = no
mail_max_userip_connections = {max_connections}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
{folders}
}}
"""

_OWN = {
    (2, 3): """
protocols = imap
default_vsz_limit = 0
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
service imap-login {{
  service_count = 0
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={directory}/home/%u allow_all_users=yes
}}
""",
    (2, 4): """
protocols {{
  imap = yes
}}
default_vsz_limit = unlimited
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
service imap-login {{
  restart_request_count = unlimited
}}
passdb passwd-file {{
  default_password_scheme = PLAIN
  passwd_file_path = {directory}/users
  auth_username_format = %{{user}}
}}
userdb static {{
  allow_all_users = yes
  fields {{
    uid = {mail_user}
    gid = {mail_group}
    home = {directory}/home/%{{user}}
  }}
}}
""",
}

_TLS = {
    (2, 3): "ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\n",
    (2, 4): "ssl = yes\nssl_server_cert_file = {certificate}\nssl_server_key_file = {key}\n",
}

_FOLDER = """  mailbox {name} {{
    auto = subscribe
    special_use = \\{name}
  }}"""


@cache
def version() -> tuple[int, int]:
    """Of the Dovecot that is installed. Raises RuntimeError where there is none."""
    try:
        done = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError("Dovecot is missing; run tests/install-packages") from error
    found = re.match(r"(\d+)\.(\d+)", done.stdout)
    assert found is not None, done.stdout
    return int(found[1]), int(found[2])


def configuration(
    values: Mapping[str, object],
    certificates: Certificates | None,
    hidden: Iterable[str],
    extra: Extra,
) -> str:
    """A whole dovecot.conf for the installed version. ``hidden``: capabilities not announced."""
    now = version()
    folders = "\n".join(_FOLDER.format(name=name) for name in FOLDERS)
    text = (_BEGINS[now] + _COMMON + _OWN[now]).format(folders=folders, **values)
    if certificates is None:
        text += "ssl = no\n"
    else:
        text += _TLS[now].format(certificate=certificates.certificate, key=certificates.key)
    text += _capability(now, frozenset(hidden))
    return text + (extra if isinstance(extra, str) else extra[now])


def _capability(now: tuple[int, int], hidden: Collection[str]) -> str:
    if not hidden:
        return ""
    kept = [word for word in CAPABILITIES.split() if word not in hidden]
    if now >= (2, 4):  # a list of words there, and "=" has a meaning
        kept = [f'"{word}"' if "=" in word else word for word in kept]
    return f"imap_capability = {' '.join(kept)}\n"
