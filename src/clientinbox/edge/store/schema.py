"""The schema, as sqlite-utils `Migrations`: append a function, never edit one; add its name to `migration_names`.

`messages.id` is the rowid and follows the date: seconds of INTERNALDATE (else of Date, clamped to now) shifted left,
plus a counter. It is fixed at insert. So newest-first is the order of the table and needs no index.
"""

from sqlite_utils import Database, Migrations

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.migration_names import MIGRATION_SET

migrations = Migrations(MIGRATION_SET)


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)


@migrations()
def m001_mail(db: Database) -> None:
    _run(
        db,
        """CREATE TABLE folders (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            uidvalidity INTEGER,
            highestmodseq INTEGER,
            on_server INTEGER,
            older INTEGER NOT NULL DEFAULT 0,
            checked_at TEXT,
            UNIQUE (account, name)
        ) STRICT""",
        # AUTOINCREMENT: a thread's number is never given to another thread
        """CREATE TABLE threads (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            merged_into INTEGER REFERENCES threads (id),
            stale INTEGER NOT NULL DEFAULT 1
        ) STRICT""",
        "CREATE INDEX threads_stale ON threads (id) WHERE stale = 1",
        """CREATE TABLE messages (
            id INTEGER PRIMARY KEY,
            message_id TEXT NOT NULL UNIQUE,
            digest TEXT NOT NULL,
            thread INTEGER NOT NULL REFERENCES threads (id),
            sent_at TEXT NOT NULL,
            ours INTEGER NOT NULL,
            automatic TEXT NOT NULL,
            from_name TEXT NOT NULL,
            from_email TEXT NOT NULL,
            recipients TEXT NOT NULL,
            subject TEXT NOT NULL,
            subject_key TEXT NOT NULL,
            auth TEXT NOT NULL,
            size INTEGER NOT NULL,
            body TEXT,
            own_text TEXT,
            zones TEXT,
            attachments TEXT,
            defects TEXT,
            read_version TEXT
        ) STRICT""",
        "CREATE INDEX messages_thread ON messages (thread)",
        "CREATE INDEX messages_subject ON messages (subject_key, id) WHERE subject_key != ''",
        "CREATE INDEX messages_unread_body ON messages (id) WHERE body IS NULL",
        """CREATE TABLE raw (
            message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
            deflated BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE places (
            folder INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
            uid INTEGER NOT NULL,
            message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            flags TEXT NOT NULL,
            PRIMARY KEY (folder, uid)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX places_message ON places (message)",
        """CREATE TABLE skips (
            folder INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
            uid INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (folder, uid)
        ) STRICT, WITHOUT ROWID""",
        # every Message-ID that any header names, absent parents too
        """CREATE TABLE mentions (
            message_id TEXT PRIMARY KEY,
            thread INTEGER NOT NULL REFERENCES threads (id)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX mentions_thread ON mentions (thread)",
        """CREATE VIRTUAL TABLE words USING fts5 (
            subject, from_name, own_text,
            content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
        )""",
    )


@migrations()
def m002_understanding(db: Database) -> None:
    _run(
        db,
        """CREATE TABLE verdicts (
            message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
            version TEXT NOT NULL,
            labels TEXT NOT NULL,
            unsure TEXT NOT NULL,
            probabilities TEXT NOT NULL,
            tension INTEGER NOT NULL,
            tension_probabilities TEXT NOT NULL,
            evidence TEXT NOT NULL,
            cues TEXT NOT NULL
        ) STRICT""",
        # what a person set: rows are added and marked undone, never changed by a later run
        """CREATE TABLE corrections (
            id INTEGER PRIMARY KEY,
            message_id TEXT NOT NULL,
            field TEXT NOT NULL,
            value INTEGER NOT NULL,
            made_at TEXT NOT NULL,
            undone_at TEXT
        ) STRICT""",
        "CREATE INDEX corrections_message ON corrections (message_id)",
        """CREATE TABLE archivings (
            id INTEGER PRIMARY KEY,
            thread INTEGER NOT NULL REFERENCES threads (id),
            up_to INTEGER NOT NULL,
            made_at TEXT NOT NULL,
            undone_at TEXT
        ) STRICT""",
        "CREATE INDEX archivings_thread ON archivings (thread)",
        # derived from the rows above, oldest message to newest; may be thrown away and made again
        """CREATE TABLE summaries (
            thread INTEGER PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
            last_message INTEGER NOT NULL,
            deciding_message INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            in_inbox INTEGER NOT NULL,
            unread INTEGER NOT NULL,
            urgent INTEGER NOT NULL,
            client TEXT,
            project TEXT,
            project_confidence REAL,
            project_reason TEXT,
            state TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX summaries_urgent ON summaries (thread) WHERE urgent = 1 AND in_inbox = 1",
        "CREATE INDEX summaries_quiet ON summaries (last_message) WHERE urgent = 0 AND in_inbox = 1",
    )


@migrations()
def m003_registry(db: Database) -> None:
    _run(
        db,
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TABLE clients (
            key TEXT PRIMARY KEY,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            domains TEXT NOT NULL,
            timezone TEXT NOT NULL,
            compensation_cap REAL,
            notes TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE contacts (
            client TEXT NOT NULL REFERENCES clients (key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            email TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            title TEXT NOT NULL,
            phone TEXT NOT NULL,
            mobile TEXT NOT NULL,
            notes TEXT NOT NULL,
            PRIMARY KEY (client, email)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE projects (
            code TEXT PRIMARY KEY,
            client TEXT NOT NULL REFERENCES clients (key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE register_rows (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX register_rows_kind ON register_rows (kind)",
    )


@migrations()
def m004_outgoing(db: Database) -> None:
    _run(
        db,
        # as typed: an unfinished address is part of a draft
        """CREATE TABLE drafts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            thread INTEGER REFERENCES threads (id),
            kind TEXT NOT NULL,
            in_reply_to TEXT NOT NULL,
            to_line TEXT NOT NULL,
            cc_line TEXT NOT NULL,
            bcc_line TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            waived TEXT NOT NULL,
            made_at TEXT NOT NULL,
            saved_at TEXT NOT NULL,
            discarded_at TEXT,
            outbox INTEGER REFERENCES outbox (id)
        ) STRICT""",
        "CREATE INDEX drafts_open ON drafts (id) WHERE discarded_at IS NULL AND outbox IS NULL",
        # a row is never deleted, and its Message-ID never used again: that is what makes a mail go out once
        """CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message_id TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL,
            thread INTEGER REFERENCES threads (id),
            draft INTEGER REFERENCES drafts (id),
            raw BLOB NOT NULL,
            sender TEXT NOT NULL,
            recipients TEXT NOT NULL,
            subject TEXT NOT NULL,
            answers TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')),
            uncertain INTEGER NOT NULL DEFAULT 0,
            queued_at TEXT NOT NULL,
            not_before TEXT NOT NULL,
            retry_at TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            last_error TEXT NOT NULL DEFAULT '',
            sent_at TEXT,
            filed INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        "CREATE INDEX outbox_undone ON outbox (state) WHERE state IN ('waiting', 'sending') OR (state = 'sent' AND filed = 0)",
        """CREATE TABLE calls (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            thread INTEGER REFERENCES threads (id),
            client TEXT,
            contact_email TEXT NOT NULL,
            at TEXT NOT NULL,
            data TEXT NOT NULL,
            undone_at TEXT
        ) STRICT""",
        "CREATE INDEX calls_thread ON calls (thread)",
        """CREATE TABLE call_decisions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            thread INTEGER NOT NULL REFERENCES threads (id),
            message_id TEXT NOT NULL,
            choice TEXT NOT NULL CHECK (choice IN ('call', 'hold', 'write')),
            reason TEXT NOT NULL,
            until TEXT,
            made_at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX call_decisions_thread ON call_decisions (thread)",
        # everything that was ever changed on a server of the user's
        """CREATE TABLE server_writes (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            account TEXT NOT NULL,
            folder TEXT NOT NULL,
            what TEXT NOT NULL,
            message_id TEXT NOT NULL
        ) STRICT""",
    )


@migrations()
def m005_calls_in_registers(db: Database) -> None:
    """A row that came from a logged call outlives the next import of the registry, and goes with its call."""
    _run(
        db,
        "ALTER TABLE register_rows ADD COLUMN call INTEGER REFERENCES calls (id)",
        "CREATE INDEX register_rows_call ON register_rows (call) WHERE call IS NOT NULL",
    )


@migrations()
def m006_folders_and_screener(db: Database) -> None:
    """What a later pass need not ask again, why the last one failed, and who wrote that is no client."""
    _run(
        db,
        "ALTER TABLE folders ADD COLUMN uidnext INTEGER",
        # scope and history by which its messages were chosen: others now, and the choice is made again
        "ALTER TABLE folders ADD COLUMN chosen_by TEXT NOT NULL DEFAULT ''",
        # 1: all was there when a pass ended, so that an unchanged state on the server means an unchanged folder
        "ALTER TABLE folders ADD COLUMN settled INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE folders ADD COLUMN compared_at TEXT",
        "ALTER TABLE folders ADD COLUMN followed INTEGER NOT NULL DEFAULT 1",
        # NULL: left out for good; otherwise the server did not give it, and is asked again then
        "ALTER TABLE skips ADD COLUMN retry_at TEXT",
        """CREATE TABLE unreadable (
            message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
            words TEXT NOT NULL,
            retry_at TEXT NOT NULL
        ) STRICT""",
        # digests of the Message-IDs that a message left out by scope names: its conversation may turn out a client's
        """CREATE TABLE skip_mentions (
            mention INTEGER NOT NULL,
            folder INTEGER NOT NULL,
            uid INTEGER NOT NULL,
            PRIMARY KEY (mention, folder, uid),
            FOREIGN KEY (folder, uid) REFERENCES skips (folder, uid) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX skip_mentions_place ON skip_mentions (folder, uid)",
        # of somebody unknown: From, Subject and Date, for 30 days
        """CREATE TABLE screened (
            folder INTEGER NOT NULL,
            uid INTEGER NOT NULL,
            from_name TEXT NOT NULL,
            from_email TEXT NOT NULL,
            subject TEXT NOT NULL,
            sent_at TEXT NOT NULL,
            PRIMARY KEY (folder, uid),
            FOREIGN KEY (folder, uid) REFERENCES skips (folder, uid) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX screened_sender ON screened (from_email)",
        "CREATE TABLE screener_ignored (email TEXT PRIMARY KEY, made_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TABLE account_passes (
            account TEXT PRIMARY KEY,
            ended_at TEXT NOT NULL,
            error TEXT,
            retry INTEGER NOT NULL,
            exit_code INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
    )


@migrations()
def m008_pipeline(db: Database) -> None:
    """Whole texts and all people can be searched; what is due is asked of small tables, not of the whole mailbox."""
    _run(
        db,
        "DROP TABLE words",
        """CREATE VIEW searchable AS
            SELECT id, subject, from_name || ' ' || from_email AS sender, recipients, body FROM messages""",
        # columnsize = 0: only ranking would need it, and the newest come first here
        """CREATE VIRTUAL TABLE words USING fts5 (
            subject, sender, recipients, body,
            content = 'searchable', content_rowid = 'id', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
        )""",
        """INSERT INTO words (rowid, subject, sender, recipients, body)
            SELECT id, subject, sender, recipients, body FROM searchable WHERE body IS NOT NULL ORDER BY id""",
        # stale is 0, or grows with the urgency: the newest message that changed something
        "DROP INDEX threads_stale",
        "CREATE INDEX threads_stale ON threads (stale) WHERE stale != 0",
        "CREATE TABLE to_judge (message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE) STRICT",
        """INSERT INTO to_judge SELECT id FROM messages WHERE body IS NOT NULL AND ours = 0 AND automatic = ''
            AND id NOT IN (SELECT message FROM verdicts)""",
        "CREATE INDEX verdicts_version ON verdicts (version, message)",
        # the earliest reply of each thread: where nothing comes before it, an original listed later belongs there
        """CREATE TABLE early_replies (
            thread INTEGER PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
            subject_key TEXT NOT NULL,
            message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            sent REAL NOT NULL
        ) STRICT""",
        "CREATE INDEX early_replies_subject ON early_replies (subject_key, message)",
        "CREATE INDEX early_replies_message ON early_replies (message)",
        """INSERT INTO early_replies SELECT thread, subject_key, id, min(CAST(strftime('%s', sent_at) AS REAL)) FROM messages
            WHERE subject_key != '' GROUP BY thread""",
    )


@migrations()
def m011_quarantine(db: Database) -> None:
    _run(
        db,
        # mail that could not be read or judged: kept, shown with a word, tried again by another version
        """CREATE TABLE quarantine (
            message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
            stage TEXT NOT NULL CHECK (stage IN ('header', 'body', 'judging', 'thread')),
            words TEXT NOT NULL,
            at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
            version TEXT NOT NULL
        ) STRICT""",
        # what the engine is at: a row found at its start names what the last engine died of
        "CREATE TABLE in_hand (stage TEXT PRIMARY KEY, keys TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TABLE suspects (
            stage TEXT NOT NULL,
            key TEXT NOT NULL,
            alone INTEGER NOT NULL,
            PRIMARY KEY (stage, key)
        ) STRICT, WITHOUT ROWID""",
    )


@migrations()
def m007_server_queue(db: Database) -> None:
    """What a person did to mail, to be written to its server. Archiving, which was a note of ours alone, becomes such a
    change that stays here: nobody had said that old ones may reach a server.
    """
    _run(
        db,
        """CREATE TABLE server_queue (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            message_id TEXT NOT NULL,
            flag TEXT,
            is_on INTEGER,
            source_name TEXT,
            source_role TEXT,
            target_name TEXT,
            target_role TEXT,
            may_create INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL
                CHECK (state IN ('waiting', 'sending', 'parked', 'local', 'done', 'dropped', 'cancelled')),
            words TEXT NOT NULL DEFAULT '',
            made_at TEXT NOT NULL,
            ended_at TEXT,
            CHECK ((flag IS NULL) = (target_role IS NOT NULL))
        ) STRICT""",
        "CREATE INDEX server_queue_open ON server_queue (message_id) "
        "WHERE state IN ('waiting', 'sending', 'parked', 'local')",
        "CREATE INDEX server_queue_due ON server_queue (account, id) WHERE state IN ('waiting', 'sending')",
        "CREATE INDEX server_queue_moved ON server_queue (message_id) WHERE state = 'done' AND flag IS NULL",
        # what a person did with one key or command, and how it was before: rows are marked undone, never taken out
        """CREATE TABLE deeds (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            words TEXT NOT NULL,
            steps TEXT NOT NULL,
            undone_at TEXT
        ) STRICT""",
        "CREATE INDEX deeds_undoable ON deeds (id) WHERE undone_at IS NULL",
        """INSERT INTO server_queue (account, message_id, source_name, source_role, target_name, target_role, state, made_at)
            SELECT DISTINCT folders.account, messages.message_id, folders.name, 'inbox', '', 'archive', 'local',
                archivings.made_at
            FROM archivings JOIN messages ON messages.thread = archivings.thread AND messages.id <= archivings.up_to
            JOIN places ON places.message = messages.id JOIN folders ON folders.id = places.folder
            WHERE archivings.undone_at IS NULL AND folders.role = 'inbox'
            GROUP BY folders.id, messages.id""",
        "DROP TABLE archivings",
    )


@migrations()
def m014_search(db: Database) -> None:
    _run(
        db,
        "CREATE INDEX messages_sent ON messages (CAST(strftime('%s', sent_at) AS INTEGER))",
        "CREATE INDEX messages_attached ON messages (id) WHERE attachments != '[]'",
        "CREATE INDEX summaries_client ON summaries (client COLLATE NOCASE) WHERE client IS NOT NULL",
        "CREATE INDEX summaries_project ON summaries (project COLLATE NOCASE) WHERE project IS NOT NULL",
    )


@migrations()
def m013_keywords(db: Database) -> None:
    _run(
        db,
        """CREATE TABLE keywords (
            account TEXT NOT NULL,
            message_id TEXT NOT NULL,
            wanted TEXT NOT NULL,
            PRIMARY KEY (account, message_id)
        ) STRICT, WITHOUT ROWID""",
    )


@migrations()
def m009_splits(db: Database) -> None:
    _run(
        db,
        # rows are marked undone, never taken out
        """CREATE TABLE splits (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message_id TEXT NOT NULL,
            origin INTEGER NOT NULL REFERENCES threads (id),
            thread INTEGER NOT NULL REFERENCES threads (id),
            made_at TEXT NOT NULL,
            undone_at TEXT
        ) STRICT""",
    )


@migrations()
def m015_invitations(db: Database) -> None:
    _run(db, "ALTER TABLE messages ADD COLUMN invitation TEXT")


def migrate(connection: Connection) -> None:
    """Apply what is missing, all in one transaction, so that of two processes that start together one waits."""
    with transaction(connection):
        migrations.apply(Database(connection))
