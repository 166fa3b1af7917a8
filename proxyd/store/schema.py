"""The tables, for SQLAlchemy Core. The truth about their history is in ``migrations/versions``.

Times are integer microseconds since the epoch, UTC (``…_us``). What stands in JSON is JSON text.
Records of the access log refer to nothing by foreign key: they outlive what they tell about.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _owned_by(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE")


# ------------------------------------------------------------------ settings of the installation

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),  # "epoch", "log-key-check", …
    Column("value", String, nullable=False),
)

# ------------------------------------------------------------------ people and mailboxes

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("away_until_us", BigInteger),  # NULL: not away
    Column("networks", Text, nullable=False, server_default="[]"),  # JSON list; empty: any
    Column("app_passwords_only", Boolean, nullable=False, default=False, server_default="0"),
    Column("created_us", BigInteger, nullable=False),
    Column("left_us", BigInteger),  # NULL: works here
    sqlite_autoincrement=True,
)

# One for each device of a person (domain/app_passwords.py).
app_passwords = Table(
    "app_passwords",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),  # space separated
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256, needs no key
    Column("created_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),  # NULL: never
    Column("used_door", String, nullable=False, default=""),
    Column("used_address", String, nullable=False, default=""),
    Column("used_client", String, nullable=False, default=""),
    UniqueConstraint("account_id", "name"),
    sqlite_autoincrement=True,
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("aliases", Text, nullable=False, default="[]"),  # JSON list
    Column("language", String, nullable=False, default="en"),
    Column("seen", String, nullable=False, default="person"),
    Column("imap", Text, nullable=False),  # JSON of domain Server
    Column("smtp", Text, nullable=False),
    Column("sealed_password", LargeBinary, nullable=False),
    Column("policy", Text, nullable=False, server_default="{}"),  # JSON of policy_options
    Column("created_us", BigInteger, nullable=False),
    Column("reminded_us", BigInteger),  # for which time a reminder was made, or not needed
    sqlite_autoincrement=True,
)

grants = Table(
    "grants",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("right", Integer, nullable=False),
    Column("position", Integer, nullable=False),  # order of the folder tree
)

# ------------------------------------------------------------------ second factors

totp = Table(
    "totp",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),  # the secret, under the master key
    Column("confirmed_us", BigInteger),  # NULL: shown, and no code of it was typed yet
    Column("last_step", BigInteger, nullable=False),  # of the last good code; 0: none yet
    Column("failures", Integer, nullable=False),  # wrong codes in a row
    Column("failed_us", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("digest", String, primary_key=True),  # SHA-256: they are random, 120 bits
)

# One for each device of a person (domain/passkey.py); nothing of them is secret.
passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("credential", LargeBinary, nullable=False, unique=True),  # its id, as the device made it
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("counter", BigInteger, nullable=False),  # of signatures; 0: it does not count
    Column("synced", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),  # NULL: never
    Column("used_door", String, nullable=False, default=""),
    Column("used_address", String, nullable=False, default=""),
    Column("used_client", String, nullable=False, default=""),
    UniqueConstraint("account_id", "name"),
    sqlite_autoincrement=True,
)

# What people are called towards devices: random, so that a device tells nobody who they are.
passkey_handles = Table(
    "passkey_handles",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True, autoincrement=False),
    Column("handle", LargeBinary, nullable=False, unique=True),
)

# ------------------------------------------------------------------ single sign-on

identities = Table(
    "identities",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True, autoincrement=False),
    Column("issuer", String, nullable=False),
    Column("subject", String, nullable=False),  # the provider gives it to nobody else, ever
    Column("bound_us", BigInteger, nullable=False),
    Column("used_us", BigInteger, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

# ------------------------------------------------------------------ the web pages

# One for each browser that is signed in (domain/web_session.py).
web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of its token
    Column("factors", String, nullable=False),  # space separated
    Column("begun_us", BigInteger, nullable=False),
    Column("used_us", BigInteger, nullable=False),
    Column("proven_us", BigInteger, nullable=False),
    Column("address", String, nullable=False),
    Column("client", String, nullable=False),
    Index("ix_web_sessions_account_id", "account_id"),
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ the HTTP API

# One for each program that uses it (domain/api_token.py).
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),  # space separated
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of the token
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),  # NULL: never
    Column("used_address", String, nullable=False),
    Column("used_client", String, nullable=False),
    Column("came_in_us", BigInteger),  # when the access log was told last
    Index("ix_api_tokens_account_id", "account_id"),
    sqlite_autoincrement=True,
)

# What was carried out under an Idempotency-Key, and what was answered.
api_answers = Table(
    "api_answers",
    metadata,
    Column("token_id", _owned_by("api_tokens.id"), primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the request
    Column("begun_us", BigInteger, nullable=False),
    Column("sealed", LargeBinary),  # NULL: nobody knows what was answered
    Index("ix_api_answers_begun_us", "begun_us"),
)

# ------------------------------------------------------------------ what upstream holds

folders = Table(
    "folders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("name", String, nullable=False),  # as upstream, decoded
    Column("delimiter", String, nullable=False),
    Column("attributes", String, nullable=False),  # space separated, lower case
    Column(
        "uidvalidity", BigInteger, nullable=False, default=0
    ),  # upstream's; 0 = never synchronised
    Column(
        "uidnext", BigInteger, nullable=False, default=0
    ),  # upstream's, at the last synchronisation
    Column("modseq", BigInteger, nullable=False, default=0),  # upstream's HIGHESTMODSEQ, 0 = none
    Column("keywords", Boolean, nullable=False, default=False),  # upstream keeps custom keywords
    Column("unkept", String),  # system flags that it doesn't keep; null = not known
    UniqueConstraint("mailbox_id", "name"),
    sqlite_autoincrement=True,
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False, index=True),
    Column("status", String, nullable=False),
    Column("assignee_id", ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("changed_us", BigInteger, nullable=False),
    # Mod-sequence of the last change to be seen (RFC 7162); 1 for what was there before we counted,
    # 0 for a change while the mailbox was not served.
    Column("modseq", BigInteger, nullable=False, default=1, server_default="1"),
    Column("finished_us", BigInteger),  # when it was done last
    # Since when it is neither done nor on hold; NULL: from its beginning.
    Column("resumed_us", BigInteger),
    # Since when somebody outside waits for us; NULL: nobody does, or nobody shall (deadlines.py).
    Column("waits_us", BigInteger),
    Column("until_us", BigInteger),  # when it comes back from hold; NULL: not by itself
    Column("overdue", Boolean, nullable=False, default=False, server_default="0"),
    # What is not done is counted each second, and lists are read page by page.
    Index("ix_conversations_status", "mailbox_id", "status", "changed_us"),
    Index("ix_conversations_changed", "mailbox_id", "changed_us"),
    Index("ix_conversations_assignee", "mailbox_id", "assignee_id", "changed_us"),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder_id", _owned_by("folders.id"), nullable=False),
    Column("uid", BigInteger, nullable=False),  # upstream's
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("message_id", String, nullable=False),  # without < >; "" where it has none
    Column("size", BigInteger, nullable=False),
    Column("internal_date", String, nullable=False),
    Column("flags", String, nullable=False),  # upstream's, space separated
    Column("local_keywords", String, nullable=False, default=""),  # those upstream can't keep
    Column("inbound", Boolean, nullable=False),  # written by somebody outside
    Column("automatic", Boolean, nullable=False),  # auto-reply, bounce, list (RFC 3834)
    Column("subject_digest", String, nullable=False),
    Column("modseq", BigInteger, nullable=False, default=1, server_default="1"),
    # The message this one is a copy of, also when that is gone; 0 = of none (RFC 8474, EMAILID).
    Column("origin", BigInteger, nullable=False, default=0, server_default="0"),
    # The conversation it came into, also when that was joined with another since (THREADID).
    Column("thread", BigInteger, nullable=False, default=0, server_default="0"),
    # Keyed digests of the addresses outside of us; NULL = taken in before this was looked at.
    Column("correspondents", LargeBinary),
    # The ids it refers to, one a line, the most telling first; NULL as well.
    Column("refers", Text),
    # Keyed digest of what its subject is about; b"" = it begins or says nothing that an answer
    # without references could be to; NULL = taken in before this was looked at.
    Column("topic", LargeBinary),
    # By its Date; NULL = it has none that can be read, or was taken in before this was looked at.
    Column("sent_us", BigInteger),
    UniqueConstraint("folder_id", "uid"),
    Index("ix_messages_topic", "topic"),
    sqlite_autoincrement=True,
)

# Which conversation a Message-ID belongs to, also for messages that are referred to but not here.
thread_ids = Table(
    "thread_ids",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("conversation_id", _owned_by("conversations.id"), nullable=False, index=True),
    # The message itself was once in a working folder: seen again elsewhere, it is no new mail.
    Column("arrived", Boolean, nullable=False, default=False),
    # By our own clock; NULL: not known, or it was there before us.
    Column("came_us", Integer),
    Index("ix_thread_ids_came", "mailbox_id", "came_us", "arrived"),
)

# What the last mail of a Message-ID said that is here no more: another one may come under it.
left_mails = Table(
    "left_mails",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("message_id", String, primary_key=True),
    # As in messages.
    Column("sent_us", BigInteger),
    Column("subject_digest", String, nullable=False),
    Column("correspondents", LargeBinary),
)

# Conversations that a person has parted: what comes later joins them no more.
parted = Table(
    "parted",
    metadata,
    Column("one_id", _owned_by("conversations.id"), primary_key=True),  # the smaller one
    Column("other_id", _owned_by("conversations.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", _owned_by("conversations.id"), nullable=False, index=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("name", String, nullable=False),  # of the person, as it was; "" = somebody outside
    Column("message_id", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # Keyed digests of the addresses that it is for; NULL = not known.
    Column("people", LargeBinary),
)

# What became of each waiting, for reports; the conversation may be joined or gone since.
turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("conversation_id", Integer, nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),  # who ended it
    Column("name", String, nullable=False),  # of that person, as it was; "" = not known
    Column("outcome", String, nullable=False),  # domain.turns.Outcome
    Column("since_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger, nullable=False),
    Column("office_us", BigInteger, nullable=False),  # of that, within office hours
    Column("goal_us", BigInteger, nullable=False),  # the goal that counted then; 0 = none
    Index("ix_turns_when", "mailbox_id", "ended_us"),
    sqlite_autoincrement=True,
)

# Days on which nobody works, beside those of a country's calendar.
closed_days = Table(
    "closed_days",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("day", String, primary_key=True),  # "2026-12-31"
    Column("name", String, nullable=False),
    sqlite_with_rowid=False,
)

# What is done with mails on arrival; the greatest version counts, the others are its history.
rules = Table(
    "rules",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("text", Text, nullable=False),  # TOML, as it was written
)

# Whose turn it was last, of those to whom a rule gives mails one after another.
rule_turns = Table(
    "rule_turns",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("rule", String, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
)

# ------------------------------------------------------------------ what clients are shown

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("kind", String, nullable=False),  # see service/mailbox/model.py
    Column("subject", String, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uidnext", BigInteger, nullable=False),
    Column("modseq", BigInteger, nullable=False, default=1, server_default="1"),
    UniqueConstraint("mailbox_id", "kind", "subject"),
    sqlite_autoincrement=True,
)

view_messages = Table(
    "view_messages",
    metadata,
    Column("view_id", _owned_by("views.id"), primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("message_id", _owned_by("messages.id"), nullable=False, index=True),
    # When it came into the view; 0 = not known (RFC 8514).
    Column("saved_us", BigInteger, nullable=False, default=0, server_default="0"),
    sqlite_with_rowid=False,
)

# A person's own \Seen, where it differs from upstream's.
seen = Table(
    "seen",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("message_id", _owned_by("messages.id"), primary_key=True, index=True),
    Column("seen", Boolean, nullable=False),
    Column("modseq", BigInteger, nullable=False, default=1, server_default="1"),
    sqlite_with_rowid=False,
)

# What a person has said of a mail in a view that is to leave it (service/mailbox/departures.py).
departures = Table(
    "departures",
    metadata,
    Column("view_id", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), primary_key=True, index=True),
    Column("deleted", Boolean, nullable=False),
    Column("into", String, nullable=False),  # the virtual folder it was copied into, by its name
    Column("copies", Text, nullable=False),  # the ids of its copies in folders, space separated
    Column("at_us", BigInteger, nullable=False),  # of the last copy
    Column("elsewhere", Boolean, nullable=False, default=False, server_default="0"),
    ForeignKeyConstraint(
        ["view_id", "uid"], ["view_messages.view_id", "view_messages.uid"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

# Which person has put a mail into Drafts through us, and whether it is an answer on its way.
drafts = Table(
    "drafts",
    metadata,
    Column("message_id", _owned_by("messages.id"), primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False, index=True),
    Column("replying_us", BigInteger),  # when it was saved; NULL: it is none, or no more
    Column("claims", Boolean, nullable=False, default=False, server_default="0"),
)

# Who has put a mail into Trash by deleting it: stored again it was moved.
trashed = Table(
    "trashed",
    metadata,
    Column("message_id", _owned_by("messages.id"), primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False, index=True),
    Column("at_us", BigInteger, nullable=False),
)

# Whose move of a mail could not be carried out, and which half of it: domain/deleting.py.
in_vain = Table(
    "in_vain",
    metadata,
    Column("message_id", _owned_by("messages.id"), primary_key=True),
    Column("account_id", _owned_by("accounts.id"), primary_key=True, index=True),
    Column("half", Text, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What the command line asks of the proxy that is running, and what came of it.
orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("text", Text, nullable=False),  # JSON
    Column("outcome", Text),  # JSON; NULL: not carried out yet
    sqlite_autoincrement=True,
)

# What of somebody who has left is to be handed over, until the mailbox's server has done it.
hand_overs = Table(
    "hand_overs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),  # whose it was
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("conversation", Integer),  # NULL: all that no other row names
    Column("to_id", ForeignKey("accounts.id", ondelete="SET NULL")),  # NULL: nobody
    Column("actor", String, nullable=False),
    Column("origin", Text, nullable=False),  # JSON
    sqlite_autoincrement=True,
)

# A person's own wish, where it differs from the default (everything is subscribed).
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("name", String, primary_key=True),  # as the client names it
    Column("subscribed", Boolean, nullable=False),
)

# Annotations (RFC 5464). Without an account: everybody's; without a view: about the server.
view_annotations = Table(
    "annotations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), index=True),
    Column("view_id", _owned_by("views.id")),
    Column("entry", String, nullable=False),  # "/private/comment", lower case
    Column("value", LargeBinary, nullable=False),
    Index("ix_annotations_where", "view_id", "account_id"),
)

# What a provider has been asked to do and is not recorded as done yet (store/begun.py).
begun = Table(
    "begun",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False, index=True),
    Column("at_us", BigInteger, nullable=False),
    Column("records", Text, nullable=False),  # JSON
)

# What was asked for and perhaps not heard, by people and into folders that may be gone since.
doubts = Table(
    "doubts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("account_id", Integer, nullable=False),
    Column("folder_id", Integer, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uidnext", BigInteger, nullable=False),  # before it was asked for
    Column("at_us", BigInteger, nullable=False),
    Column("what", Text, nullable=False),  # JSON: ids of messages, or [Message-ID, octets]
    Column("moving", Boolean, nullable=False, server_default="0"),
    Index("ix_doubts_when", "mailbox_id", "at_us"),
    sqlite_autoincrement=True,
)

# Several mails that go to a provider one by one and are to be there all or none.
half_done = Table(
    "half_done",
    metadata,
    Column("begun_id", _owned_by("begun.id"), primary_key=True),
    Column("folder", String, nullable=False),  # its name upstream
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uidnext", BigInteger, nullable=False),  # before the first of them
    Column("marked", Boolean, nullable=False),  # each has our keyword until all are there
)

half_done_mails = Table(
    "half_done_mails",
    metadata,
    Column("begun_id", _owned_by("half_done.begun_id"), primary_key=True),
    Column("position", Integer, primary_key=True),  # from 0
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of its octets without CR
    Column("uid", BigInteger),  # NULL: no answer yet; 0: stored, and nobody told the UID
)

# Flags the provider has still to be told of: what was wanted last of each.
owed = Table(
    "owed",
    metadata,
    Column("message_id", _owned_by("messages.id"), primary_key=True),
    Column("word", String, primary_key=True),  # the flag in lower case
    Column("flag", String, nullable=False),  # as it was written
    Column("wanted", Boolean, nullable=False),  # there, or not there
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String, nullable=False),  # login
)

# ------------------------------------------------------------------ notes

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),  # its UID in the folder of notes
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False, index=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("at_us", BigInteger, nullable=False),
    Column("flags", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("message", LargeBinary, nullable=False),  # sealed, see notes.py
    Column("kind", String, nullable=False, server_default="note"),  # domain.notes.NoteKind
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ sending

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("login", String, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("message_id", String, nullable=False, index=True),
    Column("digest", String, nullable=False),  # of sender, recipients and body
    Column("sender", String, nullable=False),
    Column("recipients", Text, nullable=False),  # JSON list
    Column("state", String, nullable=False, index=True),  # domain.outbox.SendState
    Column("created_us", BigInteger, nullable=False),
    Column("message", LargeBinary),  # sealed_mail.py; NULL once it is in Sent
    # Where its copy lies in Sent upstream; NULL: not known. ``ours``: put there through us.
    Column("copy_uidvalidity", BigInteger),
    Column("copy_uid", BigInteger),
    Column("copy_ours", Boolean),
    # It went out, and its sender was told otherwise or nothing.
    Column("unheard_us", BigInteger, index=True),
    # domain.guard.copy_digest of what waits, or waited.
    Column("made", String),
    sqlite_autoincrement=True,
)

# What of it waits before it leaves, or has to come back (domain/held.py).
held = Table(
    "held",
    metadata,
    Column("sending_id", _owned_by("outbox.id"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("leaves_us", BigInteger),  # NULL: it waits for approval
    Column("size", Integer, nullable=False),
    Column("flags", String, nullable=False),
    Column("consents", Text, nullable=False),  # JSON list
    Column("mark", String, nullable=False),
    Column("unmarked", Text, nullable=False),  # JSON list of Message-IDs
    Column("approved_by", String, nullable=False),
    Column("into", String, nullable=False),  # drafts, trash; "": it is to leave
    Column("by", String, nullable=False),
    Column("why", Text, nullable=False),  # JSON object
)

# Who files what is sent: the provider by itself, or we.
sent_copies = Table(
    "sent_copies",
    metadata,
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("filed_by", String, nullable=False),  # provider, proxyd
    Column("at_us", BigInteger, nullable=False),
)

# What a guard has refused: the ground on which sending the same again counts as consent.
refusals = Table(
    "refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("conversation_id", _owned_by("conversations.id")),  # NULL: a mail that answers none
    Column("digest", String, nullable=False),
    Column("guard", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("copy", String, nullable=False, server_default="-"),  # domain.guard.copy_digest
    Column("forfeited", Boolean, nullable=False, server_default="0"),
    Index("ix_refusals_who", "account_id", "conversation_id", "digest"),
)

# ------------------------------------------------------------------ who copies how much

# Of one person on one day in one shared mailbox; ``kind``: domain.copied_out.CopyKind.
copy_counts = Table(
    "copy_counts",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("day", String, primary_key=True),  # "2026-12-31"
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("count", Integer, nullable=False),
    Index("ix_copy_counts_day", "mailbox_id", "day"),
    sqlite_with_rowid=False,
)

copy_clients = Table(
    "copy_clients",
    metadata,
    Column("account_id", _owned_by("accounts.id"), primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), primary_key=True),
    Column("name", String, primary_key=True),  # as it says, without its version
    Column("place", String, primary_key=True),  # its address, or network
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("mails", Integer, nullable=False),
    Column("again", Integer, nullable=False),
    sqlite_with_rowid=False,
)

webhooks = Table(  # no number is given twice: receivers know them
    "webhooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", _owned_by("mailboxes.id"), nullable=False),
    Column("url", String, nullable=False),
    Column("kinds", String, nullable=False),  # space separated
    Column("sealed", LargeBinary, nullable=False),  # the secret that it is signed with
    Column("created_us", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),  # all records of the log up to this are told
    Column("told_us", BigInteger),  # NULL: never
    Column("failing_us", BigInteger),  # NULL: all is well
    Column("failure", String, nullable=False, default=""),
    Column("off", Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ access log

log_exports = Table(  # no number is given twice: their addresses have it
    "log_exports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", _owned_by("accounts.id"), nullable=False),
    Column("question", String, nullable=False),
    Column("subject_digest", String, nullable=False),  # "": not asked for
    Column("since_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),  # the newest record that may be in it
    Column("kind", String, nullable=False),
    Column("accounts_only", Boolean, nullable=False),
    Column("file", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("octets", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

alarm_marks = Table(
    "alarm_marks",
    metadata,
    Column("cause", String, primary_key=True),
    Column("seen_by", String, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("seen_number", BigInteger, nullable=False),
    Column("silenced_by", String, nullable=False),
    Column("silenced_until_us", BigInteger, nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at_us", BigInteger, nullable=False, index=True),
    Column("action", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("mailbox", String, nullable=False),
    Column("view", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("subject_digest", String, nullable=False),
    Column("conversation", Integer),
    Column("door", String, nullable=False),
    Column("address", String, nullable=False),
    Column("client", String, nullable=False),
    Column("session", String, nullable=False),
    Column("detail", Text, nullable=False),  # JSON object, keys sorted
    Column("chain", LargeBinary, nullable=False),
    Index("ix_log_actor", "actor", "number"),
    Index("ix_log_message", "message_id", "number"),
    Index("ix_log_action", "action", "number"),
    Index("ix_log_address", "address", "number"),
    Index("ix_log_conversation", "conversation", "number"),
    # A person's sign-ins, among all that they did: asked for of a whole page of people.
    Index("ix_log_sign_ins", "actor", "number", sqlite_where=text("action = 'login'")),
    Index("ix_log_mailbox", "mailbox", "number"),
    # What went wrong is a small part of the log, and is asked for often.
    Index("ix_log_outcome", "outcome", "number", sqlite_where=text("outcome <> 'ok'")),
)
