/** Schema version, stored in SQLite's `user_version`. Raise it with every change of a table and add a migration. */
export const SCHEMA_VERSION = 2;

/** Statements that bring a file from the version of their key to the next. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: 'ALTER TABLE turns ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0; ALTER TABLE turns ADD COLUMN run_by TEXT',
};

/** Tables of the embedded store; times are milliseconds since the epoch, JSON is text. */
export const schema = `
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  user_id TEXT,
  device TEXT NOT NULL,
  inboxid INTEGER NOT NULL,
  text TEXT NOT NULL,
  attachment TEXT,
  received_at INTEGER NOT NULL,
  turn_id TEXT,
  done_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS messages_of_sender ON messages (sender, turn_id, received_at);
CREATE INDEX IF NOT EXISTS messages_pending ON messages (received_at) WHERE done_at IS NULL;

CREATE TABLE IF NOT EXISTS turns (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  sender TEXT NOT NULL,
  user_id TEXT,
  kind TEXT NOT NULL,
  notice TEXT,
  for_users_only INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open',
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  elapsed_ms INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER,
  parts TEXT,
  parts_sent INTEGER NOT NULL DEFAULT 0,
  reply_at INTEGER,
  entries TEXT,
  notes TEXT,
  send_failures INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  doom TEXT,
  told_to_wait INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  run_by TEXT,
  history TEXT NOT NULL DEFAULT '[]',
  outcome TEXT,
  ended_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS turns_to_run ON turns (sender, started_at IS NULL, seq) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS turns_ended_by_sender ON turns (sender, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS turns_ended ON turns (state, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS refusals (
  sender TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refusals_by_sender ON refusals (sender, at);
CREATE INDEX IF NOT EXISTS refusals_by_age ON refusals (at);

CREATE TABLE IF NOT EXISTS remembered (
  key TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS remembered_until ON remembered (expires_at);

CREATE TABLE IF NOT EXISTS sessions (
  sender TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  entries TEXT NOT NULL,
  notes TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_age ON sessions (updated_at);

CREATE TABLE IF NOT EXISTS tokens (
  user_id TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (user_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sent_answers (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS maintenance (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
