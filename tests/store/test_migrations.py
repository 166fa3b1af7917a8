"""The migrations lead to the tables of store/schema.py, from nothing and from each version."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.internal_date import internal_date
from proxyd.store import migrations
from proxyd.store.database import Database
from proxyd.store.engine import create_private, writing_engine
from proxyd.store.schema import metadata

FOLDER = Path(migrations.__file__).parent
# A column added later stands on its neighbour's line, or on that of the closing parenthesis.
WORDS = re.compile(r"\n|, (?![^()]*\))")


def parts(sql: str) -> list[str]:
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    return [head, *WORDS.split(body), tail]


@pytest.fixture
def connection(tmp_path):
    create_private(tmp_path / "d.db")
    engine = writing_engine(tmp_path / "d.db")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_migrated_tables_are_those_of_the_schema(connection):
    migrations.upgrade(connection)
    with connection.begin():
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_sqlite_s_own_words_match_too(connection, tmp_path):
    """What Alembic does not compare: AUTOINCREMENT, WITHOUT ROWID, foreign keys' actions."""

    def described(one):
        rows = one.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {
            name: sorted(filter(None, (part.strip(" ,\t\n") for part in parts(sql))))
            for name, sql in rows
            if name != "alembic_version"
        }

    migrations.upgrade(connection)
    create_private(tmp_path / "direct.db")
    direct = writing_engine(tmp_path / "direct.db")
    with direct.connect() as other:
        with other.begin():
            metadata.create_all(other)
        with connection.begin(), other.begin():
            assert described(connection) == described(other)
    direct.dispose()


def test_head_is_the_newest_file():
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == migrations.HEAD
    revisions = {revision.revision for revision in script.walk_revisions()}
    assert revisions == migrations._known()


def test_twice_is_once(connection):
    migrations.upgrade(connection)
    migrations.upgrade(connection)
    with connection.begin():
        assert migrations.current(connection) == migrations.HEAD


def test_a_database_of_the_first_version_keeps_what_it_has(connection):
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    rows = (
        "accounts (id, login, name, role, password_hash, disabled, created_us)"
        " VALUES (1, 'anna', 'Anna', 'staff', 'h', 0, 1)",
        "mailboxes (id, name, address, aliases, language, seen, imap, smtp, sealed_password,"
        " created_us) VALUES (1, 's', 's@x', '[]', 'en', 'person', '{}', '{}', x'00', 1)",
        "folders (id, mailbox_id, name, delimiter, attributes, uidvalidity, uidnext, modseq,"
        " keywords) VALUES (1, 1, 'INBOX', '/', '', 1, 2, 0, 0)",
        "conversations (id, mailbox_id, status, changed_us) VALUES (7, 1, 'open', 1)",
        "messages (id, folder_id, uid, conversation_id, message_id, size, internal_date, flags,"
        " local_keywords, inbound, automatic, subject_digest)"
        " VALUES (3, 1, 1, 7, 'a@x', 9, 'd', '', '', 1, 0, '')",
        "views (id, mailbox_id, kind, subject, uidvalidity, uidnext)"
        " VALUES (1, 1, 'folder', '1', 5, 2)",
        "view_messages VALUES (1, 1, 3)",
        "seen VALUES (1, 3, 1)",
    )
    with connection.begin():
        command.upgrade(config, "0001")
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"))
    migrations.upgrade(connection)
    with connection.begin():
        assert connection.execute(
            text("SELECT m.modseq, m.origin, m.thread, c.modseq, v.modseq, s.modseq, w.saved_us"
                 " FROM messages m, conversations c, views v, seen s, view_messages w")
        ).one() == (1, 0, 7, 1, 1, 1, 0)  # fmt: skip
        assert connection.execute(text("PRAGMA foreign_key_check")).first() is None


def test_mails_of_1970_get_the_date_that_is_known_of_them(connection):
    """Their Date, else when they came; of an answer without either nobody knows."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    epoch, sent, came = " 1-Jan-1970 00:00:00 +0000", 1_784_000_000_000_000, 1_784_100_000_000_000
    told = "13-Jul-2026 09:00:00 +0900"
    mails = [  # internal_date, sent_us, inbound
        (told, "NULL", 1),
        (epoch, sent, 1),
        (epoch, "NULL", 1),
        (epoch, "NULL", 0),
    ]
    with connection.begin():
        command.upgrade(config, "0028")
        for row in (
            "mailboxes (id, name, address, aliases, language, seen, imap, smtp, sealed_password,"
            " created_us) VALUES (1, 's', 's@x', '[]', 'en', 'person', '{}', '{}', x'00', 1)",
            "folders (id, mailbox_id, name, delimiter, attributes, uidvalidity, uidnext, modseq,"
            " keywords) VALUES (1, 1, 'INBOX', '/', '', 1, 2, 0, 0)",
            "conversations (id, mailbox_id, status, changed_us) VALUES (7, 1, 'open', 1)",
            f"thread_ids VALUES (1, 'm2@x', 7, 1, {came})",
            *(
                "messages (folder_id, uid, conversation_id, message_id, size, internal_date,"
                " flags, local_keywords, inbound, automatic, subject_digest, sent_us) VALUES"
                f" (1, {n + 1}, 7, 'm{n}@x', 9, '{date}', '', '', {inbound}, 0, '', {sent_us})"
                for n, (date, sent_us, inbound) in enumerate(mails)
            ),
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    migrations.upgrade(connection)
    with connection.begin():
        dates = connection.scalars(text("SELECT internal_date FROM messages ORDER BY uid")).all()
    assert dates == [told, internal_date(sent), internal_date(came), epoch]


async def test_a_newer_database_is_left_alone(database, keys, clock):
    await database.write(
        lambda tx: (
            tx.connection.execute(text("UPDATE alembic_version SET version_num='9999'")) and None
        )
    )
    with pytest.raises(StoreUnavailable, match="newer version"):
        await Database(database.file, keys=keys, clock=clock).open()


def test_a_migration_that_fails_leaves_nothing(connection, monkeypatch):
    from alembic import op

    def fails(*_args, **_kwargs):
        raise LookupError

    monkeypatch.setattr(op, "create_index", fails)
    monkeypatch.setattr(op, "batch_alter_table", fails)
    with pytest.raises(LookupError):
        migrations.upgrade(connection)
    with connection.begin():
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0


def test_there_and_back_again(connection):
    migrations.upgrade(connection)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with connection.begin():
        command.downgrade(config, "base")
        tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert set(tables) - {"sqlite_sequence"} == {"alembic_version"}
