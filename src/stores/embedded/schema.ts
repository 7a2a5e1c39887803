import { CsError } from '../../kit/errors.ts';
import type { Database, Row } from './sqlite.ts';

/** Each step brings the schema one version forward; a released step is never changed, only followed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('uid_validity', CAST(strftime('%s', 'now') AS INTEGER)), ('indexed', 0);

  -- content is last, so that listing never reads it; blob names a file that holds it instead
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL, received_at TEXT NOT NULL,
    facts TEXT NOT NULL, blob TEXT, content BLOB
  );
  CREATE INDEX messages_blob ON messages (blob) WHERE blob IS NOT NULL;

  CREATE TABLE mailboxes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, name TEXT NOT NULL, uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1, modseq INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, unseen INTEGER NOT NULL DEFAULT 0,
    UNIQUE (owner, name)
  );
  INSERT INTO mailboxes (id, owner, name, uid_validity) VALUES (1, '*', 'INBOX', CAST(strftime('%s', 'now') AS INTEGER));

  CREATE TABLE entries (
    mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, message INTEGER NOT NULL, flags TEXT NOT NULL,
    modseq INTEGER NOT NULL, PRIMARY KEY (mailbox, uid)
  ) WITHOUT ROWID;
  -- in the view of everything the uid is the message
  CREATE INDEX entries_message ON entries (message) WHERE mailbox <> 1;

  -- claimed: 0 no, 1 noted, 2 taken
  CREATE TABLE journal (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, claimed INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL
  );
  CREATE TABLE evicted (event TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE users (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE addresses (address TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX addresses_name ON addresses (name);

  -- text arrives as folded tokens between spaces, so the simplest tokenizer is the exact one
  CREATE VIRTUAL TABLE found USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'ascii');
  `,
  `
  -- mail on its way out: a row for each recipient that is left; times are milliseconds since 1970
  CREATE TABLE spool (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queued_at INTEGER NOT NULL, size INTEGER NOT NULL, envelope TEXT NOT NULL,
    blob TEXT, content BLOB
  );
  CREATE INDEX spool_blob ON spool (blob) WHERE blob IS NOT NULL;
  CREATE TABLE spool_recipients (
    message INTEGER NOT NULL, n INTEGER NOT NULL, address TEXT NOT NULL, notify TEXT, orcpt TEXT, domain TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, reply TEXT, warned INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0, term INTEGER NOT NULL DEFAULT 0, holder TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message, n)
  ) WITHOUT ROWID;
  CREATE INDEX spool_due ON spool_recipients (due);
  `,
  `
  -- saved_at: milliseconds since 1970; 0 where nobody noted it
  ALTER TABLE entries ADD COLUMN saved_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX entries_modseq ON entries (mailbox, modseq);
  -- expunges after the mailbox's horizon; what went before this step was not noted
  CREATE TABLE expunged (mailbox INTEGER NOT NULL, modseq INTEGER NOT NULL, uid INTEGER NOT NULL, PRIMARY KEY (mailbox, modseq)) WITHOUT ROWID;
  ALTER TABLE mailboxes ADD COLUMN horizon INTEGER NOT NULL DEFAULT 0;
  UPDATE mailboxes SET horizon = modseq;
  -- special uses (RFC 6154), a JSON array
  ALTER TABLE mailboxes ADD COLUMN uses TEXT;
  CREATE TABLE subscriptions (owner TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (owner, name)) WITHOUT ROWID;

  -- what kit/mime found; header only where the content is long
  CREATE TABLE indexes (
    message INTEGER PRIMARY KEY, header_end INTEGER NOT NULL, root TEXT NOT NULL, envelope TEXT NOT NULL,
    structure TEXT NOT NULL, keys TEXT NOT NULL, header BLOB
  );
  -- folded; cut: there is more text than this
  CREATE TABLE texts (message INTEGER PRIMARY KEY, cut INTEGER NOT NULL, header TEXT NOT NULL, body TEXT NOT NULL);
  -- all of it is made anew, in the background
  UPDATE meta SET value = 0 WHERE key = 'indexed';
  INSERT INTO found (found) VALUES ('delete-all');
  `,
  `
  -- who delivered a message, as JSON, and the conversation; NULL: nobody, or nobody noted it
  ALTER TABLE messages ADD COLUMN origin TEXT;
  ALTER TABLE messages ADD COLUMN transcript TEXT;
  `,
  `
  -- of the message, so that whoever asks for none of its octets reads none; received_at: milliseconds since 1970
  ALTER TABLE entries ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE entries ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
  UPDATE entries SET size = m.size, received_at = ifnull(CAST(round(unixepoch(m.received_at, 'subsec') * 1000) AS INTEGER), 0)
    FROM messages m WHERE m.id = entries.message;
  `,
];

/** The id of the mailbox that shows everything. */
export const EVERYTHING_BOX = 1;

/** What both threads set before anything else. */
export function prepareConnection(db: Database): void {
  db.exec('PRAGMA busy_timeout = 10000');
  db.exec('PRAGMA foreign_keys = OFF');
  db.exec('PRAGMA temp_store = MEMORY');
}

/**
 * Bring the file to the newest schema, in one transaction. Throws `CS_CONFIG` when it is newer than we know.
 * @param wanted an older version, as a file of an older `cs` has it
 */
export function migrate(db: Database, wanted = MIGRATIONS.length): void {
  if (version(db) < wanted) {
    db.exec('BEGIN IMMEDIATE');
    try {
      for (let at = version(db); at < wanted; at++) {
        db.exec(MIGRATIONS[at]!);
        db.exec(`PRAGMA user_version = ${at + 1}`);
      }
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }
  if (version(db) > MIGRATIONS.length) {
    throw new CsError('CS_CONFIG', `the store was written by a newer cs (schema ${version(db)})`, {
      hint: `this cs knows schema ${MIGRATIONS.length}: use the newer one, or another --data`,
    });
  }
}

function version(db: Database): number {
  return (db.prepare('PRAGMA user_version').get() as Row).user_version as number;
}
