/** Schema version, stored in SQLite's `user_version`. Raise it with every change of a table and add a migration. */
export const SCHEMA_VERSION = 5;

/**
 * Renames tables, columns and stored values of versions 1 and 2 to the terms of the code. Version 2 used the new and the
 * former values side by side, so a record may exist under both keys: `OR REPLACE` keeps one of them.
 */
const RENAMES = `
ALTER TABLE remembered RENAME TO expiring_keys;
DROP INDEX IF EXISTS remembered_until;
ALTER TABLE tokens RENAME TO token_usage;
ALTER TABLE sent_answers RENAME TO idempotency_keys;
ALTER TABLE idempotency_keys RENAME COLUMN answer TO response;
ALTER TABLE turns RENAME COLUMN doom TO dead_letter_reason;
ALTER TABLE turns RENAME COLUMN told_to_wait TO wait_notice_sent;
ALTER TABLE turns RENAME COLUMN for_users_only TO linked_users_only;
UPDATE turns SET notice = 'token-budget-exceeded' WHERE notice = 'tokens-spent';
UPDATE turns SET outcome = 'token-budget-exceeded' WHERE outcome = 'tokens-spent';
UPDATE refusals SET outcome = 'TOKEN_BUDGET_EXCEEDED' WHERE outcome = 'TOKENS_SPENT';
UPDATE OR REPLACE expiring_keys SET key = replace(key, ':tokens-spent', ':token-budget-exceeded')
  WHERE key LIKE 'notice:%:tokens-spent';
UPDATE OR REPLACE expiring_keys SET key = 'unlinked-notice:' || substr(key, length('stranger-notice:') + 1)
  WHERE key LIKE 'stranger-notice:%';
UPDATE OR REPLACE expiring_keys SET key = replace(replace(replace(replace(key,
  ':silence:', ':inactivity:'), ':store-set-aside:', ':store-quarantined:'), ':open', ':firing'), ':over', ':resolved')
  WHERE key LIKE 'alert:%'`;

/** Statements that bring a file from the version of their key to the next. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: 'ALTER TABLE turns ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0; ALTER TABLE turns ADD COLUMN run_by TEXT',
  2: RENAMES,
  // Version 4 adds `reply_files`, version 5 `pauses`, which the schema creates.
  3: '',
  4: '',
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
  linked_users_only INTEGER NOT NULL DEFAULT 0,
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
  dead_letter_reason TEXT,
  wait_notice_sent INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  run_by TEXT,
  history TEXT NOT NULL DEFAULT '[]',
  outcome TEXT,
  ended_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS turns_to_run ON turns (sender, started_at IS NULL, seq) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS turns_ended_by_sender ON turns (sender, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS turns_ended ON turns (state, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS reply_files (
  turn_id TEXT NOT NULL REFERENCES turns ON DELETE CASCADE,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (turn_id, part)
) STRICT;

CREATE TABLE IF NOT EXISTS pauses (
  sender TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pauses_by_end ON pauses (ends_at);

CREATE TABLE IF NOT EXISTS refusals (
  sender TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refusals_by_sender ON refusals (sender, at);
CREATE INDEX IF NOT EXISTS refusals_by_age ON refusals (at);

CREATE TABLE IF NOT EXISTS expiring_keys (
  key TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS expiring_keys_by_expiry ON expiring_keys (expires_at);

CREATE TABLE IF NOT EXISTS sessions (
  sender TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  entries TEXT NOT NULL,
  notes TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_age ON sessions (updated_at);

CREATE TABLE IF NOT EXISTS token_usage (
  user_id TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (user_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS idempotency_keys (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  at INTEGER NOT NULL,
  response TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS maintenance (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
