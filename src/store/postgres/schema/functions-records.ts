import { MAX_CLOCK_DIFFERENCE_MS } from '../../expiring-keys.ts';

/** The condition of the conversations of a number: without a device, and with any device. */
const OF_NUMBER = "(sender = item->>'sender' OR (sender > item->>'above' AND sender < item->>'below'))";

/** Functions of sessions, overviews, counters and keys, and of the deletion of a sender. */
export const RECORD_FUNCTIONS = `
-- Writes a session if it is the version that the caller read (0: none). Returns false otherwise.
CREATE OR REPLACE FUNCTION write_session(of_sender text, session jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF (session->>'version')::bigint = 0 THEN
    INSERT INTO sessions (sender, user_id, entries, notes, updated_at, version) VALUES (
      of_sender, session->>'userId', session->>'entries', session->>'notes', at, nextval('session_versions')
    ) ON CONFLICT DO NOTHING;
  ELSE
    UPDATE sessions SET user_id = session->>'userId', entries = session->>'entries', notes = session->>'notes',
      updated_at = at, version = nextval('session_versions')
    WHERE sender = of_sender AND version = (session->>'version')::bigint;
  END IF;
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION load_session(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT to_jsonb(sessions) FROM sessions WHERE sender = item->>'sender'
$$;

CREATE OR REPLACE FUNCTION load_session_of_turn(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT to_jsonb(sessions) FROM turns JOIN sessions ON sessions.sender = turns.sender WHERE turns.id = item->>'id'
$$;

CREATE OR REPLACE FUNCTION update_session(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  SELECT write_session(item->>'sender', item->'session', at)
$$;

CREATE OR REPLACE FUNCTION delete_session(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  DELETE FROM sessions WHERE sender = item->>'sender';
  SELECT true
$$;

CREATE OR REPLACE FUNCTION count_sessions(me bigint, item jsonb, at bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM sessions WHERE updated_at BETWEEN (item->>'from')::bigint AND at
$$;

CREATE OR REPLACE FUNCTION overview(of_sender text, active_since bigint, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'conversation', of_sender,
    'lastMessageAt', max(received_at),
    'sessionEntries', coalesce((
      SELECT json_array_length(entries::json) FROM sessions
      WHERE sender = of_sender AND updated_at BETWEEN active_since AND at
    ), 0),
    'pending', count(*) FILTER (WHERE done_at IS NULL),
    'pausedUntil', (SELECT ends_at FROM pauses WHERE sender = of_sender AND ends_at > at)
  ) FROM messages WHERE sender = of_sender
$$;

CREATE OR REPLACE FUNCTION list_conversations(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(
    overview(sender, (item->>'activeSince')::bigint, list_conversations.at) ORDER BY latest DESC, sender
  ), '[]') FROM (
    SELECT sender, max(records.at) AS latest FROM (
      SELECT sender, updated_at AS at FROM sessions WHERE updated_at BETWEEN (item->>'activeSince')::bigint AND list_conversations.at
      UNION ALL SELECT sender, received_at FROM messages WHERE done_at IS NULL
      UNION ALL SELECT sender, created_at FROM turns WHERE state = 'open'
      -- Sequence numbers begin with the time in microseconds.
      UNION ALL SELECT sender, seq / 1000 FROM pauses WHERE ends_at > list_conversations.at
    ) AS records GROUP BY sender ORDER BY latest DESC, sender
    LIMIT (item->>'limit')::bigint OFFSET (item->>'cursor')::bigint
  ) AS page
$$;

CREATE OR REPLACE FUNCTION load_conversation(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT overview(item->>'sender', (item->>'activeSince')::bigint, load_conversation.at) || jsonb_build_object('recent', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', recent.at, 'outcome', outcome)), '[]') FROM (
      SELECT received_at AS at, 'accepted' AS outcome FROM messages WHERE sender = item->>'sender'
      UNION ALL SELECT refusals.at, outcome FROM refusals WHERE sender = item->>'sender'
      -- Earlier versions stored 'dead'.
      UNION ALL SELECT ended_at, CASE outcome WHEN 'dead' THEN 'dead-lettered' ELSE outcome END
        FROM turns WHERE sender = item->>'sender' AND ended_at IS NOT NULL
      ORDER BY at DESC LIMIT (item->>'limit')::bigint
    ) AS recent
  ))
$$;

CREATE OR REPLACE FUNCTION tokens_used(me bigint, item jsonb, at bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT coalesce((SELECT used FROM token_usage WHERE user_id = item->>'userId' AND day = item->>'day'), 0)
$$;

CREATE OR REPLACE FUNCTION add_tokens(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  INSERT INTO token_usage (user_id, day, used) VALUES (item->>'userId', item->>'day', (item->>'tokens')::bigint)
  ON CONFLICT (user_id, day) DO UPDATE SET used = token_usage.used + excluded.used;
  SELECT true
$$;

-- A key dated ahead is valid: the clock was set back, and a repeat must not be sent again.
CREATE OR REPLACE FUNCTION claim_key(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ttl_ms bigint := (item->>'ttlMs')::bigint;
  claimed idempotency_keys;
BEGIN
  DELETE FROM idempotency_keys WHERE key = item->>'key'
    AND (idempotency_keys.at <= claim_key.at - ttl_ms OR idempotency_keys.at > claim_key.at + ttl_ms);
  INSERT INTO idempotency_keys (key, request, at) VALUES (item->>'key', item->>'request', claim_key.at)
  ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN '"new"'; END IF;
  SELECT * INTO claimed FROM idempotency_keys WHERE key = item->>'key';
  IF claimed.request <> item->>'request' THEN RETURN '"other-request"'; END IF;
  IF claimed.response IS NULL THEN RETURN '"unfinished"'; END IF;
  RETURN jsonb_build_object('response', claimed.response);
END $$;

CREATE OR REPLACE FUNCTION complete_key(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  UPDATE idempotency_keys SET response = item->>'response' WHERE key = item->>'key';
  SELECT true
$$;

CREATE OR REPLACE FUNCTION list_keys(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(expiring_keys) ORDER BY key), '[]') FROM expiring_keys
  WHERE key >= item->>'first' AND key < item->>'end' AND expires_at > at
$$;

-- Stores a key unless it is stored: see MAX_CLOCK_DIFFERENCE_MS.
CREATE OR REPLACE FUNCTION reserve_key(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  until bigint := at + (item->>'ttlMs')::bigint;
BEGIN
  INSERT INTO expiring_keys (key, expires_at) VALUES (item->>'key', until)
  ON CONFLICT (key) DO UPDATE SET expires_at = until
    WHERE expiring_keys.expires_at <= at OR expiring_keys.expires_at > until + ${MAX_CLOCK_DIFFERENCE_MS};
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION replace_key(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  DELETE FROM expiring_keys WHERE key = item->>'former';
  SELECT store_key(item->>'key', (item->>'expiresAt')::bigint);
  SELECT true
$$;

-- Deletes the conversations of a number with every device. Their rows are locked first, in the order of lock_conversations.
CREATE OR REPLACE FUNCTION forget_sender(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  SELECT 1 FROM conversations WHERE ${OF_NUMBER} ORDER BY sender FOR UPDATE;
  DELETE FROM messages WHERE ${OF_NUMBER};
  DELETE FROM turns WHERE ${OF_NUMBER};
  DELETE FROM pauses WHERE ${OF_NUMBER};
  DELETE FROM refusals WHERE ${OF_NUMBER};
  DELETE FROM sessions WHERE ${OF_NUMBER};
  DELETE FROM conversations WHERE ${OF_NUMBER};
  DELETE FROM expiring_keys WHERE key >= item->'bare'->>0 AND key < item->'bare'->>1;
  DELETE FROM expiring_keys WHERE key >= item->'ofDevices'->>0 AND key < item->'ofDevices'->>1;
  INSERT INTO forgotten (sender) VALUES (item->>'sender');
  -- Without the number: the instances that listen read the table.
  SELECT pg_notify(current_schema() || '.forgotten', '');
  SELECT true
$$;

-- The senders that were deleted in the last 'since_ms'. Older records are deleted: no cache holds a sender that long.
CREATE OR REPLACE FUNCTION list_forgotten(since_ms bigint) RETURNS jsonb LANGUAGE sql AS $$
  DELETE FROM forgotten WHERE at < clock_timestamp() - interval '2 min';
  SELECT coalesce(jsonb_agg(DISTINCT sender), '[]') FROM forgotten
  WHERE at > clock_timestamp() - since_ms * interval '1 ms'
$$;
`;
