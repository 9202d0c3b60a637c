/** Functions of `Store.prune`. Rows that another transaction holds are deleted by a later call. */
export const RETENTION_FUNCTIONS = `
CREATE OR REPLACE FUNCTION store_value(of_name text, new_value bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO maintenance (name, value) VALUES (of_name, new_value)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value
$$;

-- How long dead letters are still held, ms, when the clock shows 'at' and 'passedMs' have passed since this instance pruned.
-- Several instances prune: the hold ends by the time since the last prune of any of them.
CREATE OR REPLACE FUNCTION update_hold(me bigint, item jsonb, at bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  passed_ms bigint := (item->>'passedMs')::bigint;
  last_at bigint;
  hold_ms bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.prune'));
  SELECT value INTO last_at FROM maintenance WHERE name = 'pruned-at';
  SELECT value INTO hold_ms FROM maintenance WHERE name = 'hold-ms';
  IF last_at IS NOT NULL AND at - last_at > passed_ms + (item->>'maxJumpMs')::bigint THEN
    hold_ms := (item->>'fullHoldMs')::bigint;
  ELSE
    hold_ms := greatest(0, coalesce(hold_ms, 0) - least(passed_ms, greatest(0, at - coalesce(last_at, at))));
  END IF;
  PERFORM store_value('pruned-at', at);
  PERFORM store_value('hold-ms', hold_ms);
  RETURN hold_ms;
END $$;

CREATE OR REPLACE FUNCTION prune_turns(of_state text, first_at bigint, last_at bigint, max_rows bigint) RETURNS bigint
LANGUAGE sql AS $$
  WITH ended AS (
    SELECT id, sender FROM turns WHERE state = of_state AND (ended_at < first_at OR ended_at > last_at)
    LIMIT max_rows FOR UPDATE SKIP LOCKED
  ), pruned_messages AS (
    DELETE FROM messages USING ended WHERE messages.sender = ended.sender AND turn_id = ended.id RETURNING 1
  ), pruned_turns AS (
    DELETE FROM turns USING ended WHERE turns.id = ended.id RETURNING 1
  )
  SELECT (SELECT count(*) FROM pruned_messages) + (SELECT count(*) FROM pruned_turns)
$$;

-- Deletes at most 'max_rows' rows of a table dated before 'first_at' or after 'last_at'.
CREATE OR REPLACE FUNCTION prune_rows(of_table text, key_column text, time_column text, first_at bigint, last_at bigint, max_rows bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  pruned bigint;
BEGIN
  EXECUTE format(
    'DELETE FROM %1$I WHERE %2$I IN (SELECT %2$I FROM %1$I WHERE %3$I < $1 OR %3$I > $2 LIMIT $3 FOR UPDATE SKIP LOCKED)',
    of_table, key_column, time_column
  ) USING first_at, last_at, max_rows;
  GET DIAGNOSTICS pruned = ROW_COUNT;
  RETURN pruned;
END $$;

-- Conversations of which no record is left; they are not counted.
CREATE OR REPLACE FUNCTION prune_conversations(max_rows bigint) RETURNS void LANGUAGE sql AS $$
  DELETE FROM conversations WHERE sender IN (
    SELECT sender FROM conversations AS idle WHERE owner IS NULL AND due_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.sender = idle.sender)
      AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.sender = idle.sender AND ended_at IS NOT NULL)
    LIMIT max_rows FOR UPDATE SKIP LOCKED
  ) AND owner IS NULL AND due_at IS NULL
$$;

CREATE OR REPLACE FUNCTION prune(me bigint, item jsonb, at bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  max_rows bigint := (item->>'maxRows')::bigint;
  answered_ms bigint := (item->>'answeredMs')::bigint;
  key_ms bigint := (item->>'idempotencyKeyMs')::bigint;
  pruned bigint;
  pruned_days bigint;
BEGIN
  pruned := prune_turns('done', at - answered_ms, at + answered_ms, max_rows)
    + prune_rows('sessions', 'sender', 'updated_at', at - (item->>'sessionMs')::bigint, at, max_rows)
    + prune_rows('pauses', 'sender', 'ends_at', at - answered_ms, at + (item->>'longestPauseMs')::bigint, max_rows)
    + prune_rows('refusals', 'id', 'at', at - answered_ms, at + answered_ms, max_rows)
    + prune_rows('idempotency_keys', 'key', 'at', at - key_ms + 1, at + key_ms, max_rows)
    -- Alerts are the keys with the longest lifetime.
    + prune_rows('expiring_keys', 'key', 'expires_at', at + 1, at + (item->>'longestKeyMs')::bigint, max_rows);
  IF NOT (item->>'holdsDeadLetters')::boolean THEN
    pruned := pruned + prune_turns('dead', at - (item->>'deadLetterMs')::bigint, 9007199254740991, max_rows);
  END IF;
  DELETE FROM token_usage WHERE day < item->>'firstDay';
  GET DIAGNOSTICS pruned_days = ROW_COUNT;
  PERFORM prune_conversations(max_rows);
  RETURN pruned + pruned_days;
END $$;
`;
