/** Version of the tables and functions, stored in `maintenance`. Raise it with every change of them and add a migration. */
export const SCHEMA_VERSION = 6;

const REPLY_FILES = `
CREATE TABLE reply_files (
  turn_id text COLLATE "C" NOT NULL REFERENCES turns ON DELETE CASCADE,
  part integer NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (turn_id, part)
);
`;
const PAUSES = `
CREATE TABLE pauses (
  sender text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  ends_at bigint NOT NULL
);
CREATE INDEX pauses_by_end ON pauses (ends_at);`;

/**
 * Tables of the store in its schema; times are milliseconds since the epoch, JSON is text, flags are 0 or 1.
 *
 * `conversations.owner`: the instance that runs the turns of the conversation. `due_at`: when its next work is due; null
 * without work. Every write of a conversation locks its row first. `turns.run_by`: the instance that runs the turn.
 */
export const TABLES = `
CREATE TABLE instances (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  alive_until timestamptz NOT NULL
);

-- Senders whose records were deleted, until every instance has deleted them from its caches.
CREATE TABLE forgotten (
  sender text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE conversations (
  sender text COLLATE "C" PRIMARY KEY,
  owner bigint,
  due_at bigint
);
CREATE INDEX conversations_without_owner ON conversations (due_at) WHERE owner IS NULL AND due_at IS NOT NULL;
CREATE INDEX conversations_by_owner ON conversations (owner) WHERE owner IS NOT NULL;

CREATE TABLE messages (
  seq bigint NOT NULL,
  sender text COLLATE "C" NOT NULL,
  user_id text,
  device text NOT NULL,
  inboxid bigint NOT NULL,
  text text NOT NULL,
  attachment text,
  received_at bigint NOT NULL,
  turn_id text COLLATE "C",
  done_at bigint,
  PRIMARY KEY (sender, seq)
);
CREATE INDEX messages_of_sender ON messages (sender, turn_id, received_at);
CREATE INDEX messages_pending ON messages (received_at) WHERE done_at IS NULL;

CREATE TABLE turns (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  sender text COLLATE "C" NOT NULL,
  user_id text,
  kind text NOT NULL,
  notice text,
  linked_users_only smallint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open',
  created_at bigint NOT NULL,
  started_at bigint,
  attempts integer NOT NULL DEFAULT 0,
  elapsed_ms bigint NOT NULL DEFAULT 0,
  retry_at bigint,
  parts text,
  parts_sent integer NOT NULL DEFAULT 0,
  reply_at bigint,
  entries text,
  notes text,
  send_failures integer NOT NULL DEFAULT 0,
  failing_since bigint,
  dead_letter_reason text,
  wait_notice_sent smallint NOT NULL DEFAULT 0,
  crashes integer NOT NULL DEFAULT 0,
  run_by bigint,
  history text NOT NULL DEFAULT '[]',
  outcome text,
  ended_at bigint
);
CREATE INDEX turns_to_run ON turns (sender, (started_at IS NULL), seq) WHERE state = 'open';
CREATE INDEX turns_running ON turns (run_by) WHERE run_by IS NOT NULL;
CREATE INDEX turns_ended_by_sender ON turns (sender, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX turns_ended ON turns (state, ended_at) WHERE ended_at IS NOT NULL;

${REPLY_FILES}
${PAUSES}

CREATE TABLE refusals (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  sender text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  outcome text NOT NULL
);
CREATE INDEX refusals_by_sender ON refusals (sender, at);
CREATE INDEX refusals_by_age ON refusals (at);

CREATE TABLE expiring_keys (
  key text COLLATE "C" PRIMARY KEY,
  expires_at bigint NOT NULL
);
CREATE INDEX expiring_keys_by_expiry ON expiring_keys (expires_at);

CREATE SEQUENCE session_versions;
CREATE TABLE sessions (
  sender text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  entries text NOT NULL,
  notes text NOT NULL,
  updated_at bigint NOT NULL,
  version bigint NOT NULL
);
CREATE INDEX sessions_by_age ON sessions (updated_at);

CREATE TABLE token_usage (
  user_id text COLLATE "C" NOT NULL,
  day text COLLATE "C" NOT NULL,
  used bigint NOT NULL,
  PRIMARY KEY (user_id, day)
);

CREATE TABLE idempotency_keys (
  key text COLLATE "C" PRIMARY KEY,
  request text NOT NULL,
  at bigint NOT NULL,
  response text
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);

CREATE TABLE maintenance (
  name text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL
);
`;

/** Statements that bring a schema from the version of their key to the next. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: REPLY_FILES,
  // `overview` has one more parameter.
  2: `${PAUSES} DROP FUNCTION overview(text)`,
  // Only functions have changed.
  3: '',
  4: '',
  // `overview` has one more parameter; the others are functions or parameters with another name.
  5: `DROP FUNCTION IF EXISTS overview(text, bigint), settle(text), waiting_messages(text, bigint),
    prune_turns(text, bigint, bigint, bigint), prune_rows(text, text, text, bigint, bigint, bigint), prune_conversations(bigint)`,
};
