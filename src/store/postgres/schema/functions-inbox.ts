import { MAX_CLOCK_DIFFERENCE_MS } from '../../expiring-keys.ts';

/** Functions of the webhook. Their parameters: the calling instance, the item of the operation, and the time (ms). */
export const INBOX_FUNCTIONS = `
CREATE OR REPLACE FUNCTION fingerprint_is_stored(item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (
    SELECT 1 FROM expiring_keys
    WHERE key >= item->>'firstKey' AND key <= item->>'lastKey' AND expires_at > at
  )
$$;

CREATE OR REPLACE FUNCTION store_key(new_key text, until bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO expiring_keys (key, expires_at) VALUES (new_key, until)
  ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at
$$;

-- Messages dated after now do not count: after the clock was set back, they would block the sender.
CREATE OR REPLACE FUNCTION count_accepted(item jsonb, at bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM messages
  WHERE sender = item->>'sender' AND received_at > (item->>'since')::bigint AND received_at <= at
$$;

-- pending_count: messages of all senders that are accepted and not answered. An instance with a free slot becomes the owner
-- of a conversation without one.
CREATE OR REPLACE FUNCTION accept_message(me bigint, item jsonb, at bigint, pending_count bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  is_limited boolean := count_accepted(item, at) >= (item->>'maxPerSender')::bigint;
  is_full boolean := pending_count >= (item->>'maxPending')::bigint;
BEGIN
  IF fingerprint_is_stored(item, at) THEN RETURN 'duplicate'; END IF;
  IF is_limited THEN RETURN 'rate-limited'; END IF;
  IF is_full THEN RETURN 'full'; END IF;
  PERFORM store_key(item->>'firstKey', at + (item->>'ttlMs')::bigint);
  INSERT INTO messages (seq, sender, user_id, device, inboxid, text, attachment, received_at)
  VALUES (
    (item->>'seq')::bigint, item->>'sender', item->>'userId', item->>'device', (item->>'inboxid')::bigint,
    item->>'text', item->>'attachment', (item->>'receivedAt')::bigint
  );
  PERFORM add_work(item->>'sender', (item->>'receivedAt')::bigint);
  IF (item->>'hasFreeSlot')::boolean THEN PERFORM owns(me, item->>'sender', true); END IF;
  RETURN 'accepted';
END $$;

-- A key dated further ahead than its interval does not count: it was written before the clock was set back.
CREATE OR REPLACE FUNCTION queue_notice(item jsonb, at bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  notice jsonb := item->'notice';
  interval_ms bigint := (notice->>'minIntervalMs')::bigint;
  limit_ms bigint := (notice->>'limitWithinMs')::bigint;
  sent bigint;
BEGIN
  IF is_paused(notice->>'sender', at) THEN RETURN 'suppressed'; END IF;
  IF EXISTS (
    SELECT 1 FROM expiring_keys
    WHERE key = notice->>'key' AND expires_at > at AND expires_at <= at + interval_ms + ${MAX_CLOCK_DIFFERENCE_MS}
  ) THEN RETURN 'suppressed'; END IF;
  IF limit_ms IS NOT NULL THEN
    -- One instance at a time counts and adds.
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.notices'));
    SELECT count(*) INTO sent FROM expiring_keys
    WHERE key >= notice->>'limitPrefix' AND key < notice->>'limitEnd' AND expires_at > at AND expires_at <= at + limit_ms + ${MAX_CLOCK_DIFFERENCE_MS};
    IF sent >= (notice->>'limitMax')::bigint THEN RETURN 'limited'; END IF;
    PERFORM store_key(notice->>'limitKey', at + limit_ms);
  END IF;
  PERFORM store_key(notice->>'key', at + interval_ms);
  INSERT INTO turns (id, seq, sender, user_id, kind, notice, linked_users_only, created_at, parts, reply_at)
  VALUES (
    notice->>'id', (item->>'seq')::bigint, notice->>'sender', notice->>'userId', 'notice', notice->>'kind',
    (notice->>'linkedUsersOnly')::smallint, (item->>'at')::bigint, notice->>'parts', (item->>'at')::bigint
  );
  PERFORM add_work(notice->>'sender', (item->>'at')::bigint);
  RETURN 'queued';
END $$;

CREATE OR REPLACE FUNCTION refuse_message(me bigint, item jsonb, at bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF item ? 'firstKey' THEN
    IF fingerprint_is_stored(item, at) THEN RETURN 'duplicate'; END IF;
    PERFORM store_key(item->>'firstKey', at + (item->>'ttlMs')::bigint);
  END IF;
  INSERT INTO refusals (sender, at, outcome) VALUES (item->>'sender', (item->>'at')::bigint, item->>'code');
  DELETE FROM refusals WHERE id IN (
    SELECT id FROM refusals WHERE sender = item->>'sender' ORDER BY refusals.at DESC, id DESC
    OFFSET (item->>'maxStored')::bigint
  );
  IF item->'notice' = 'null' THEN RETURN 'none'; END IF;
  RETURN queue_notice(item, at);
END $$;

CREATE OR REPLACE FUNCTION delete_key(me bigint, item jsonb, at bigint) RETURNS text LANGUAGE sql AS $$
  DELETE FROM expiring_keys WHERE key = item->>'key';
  SELECT NULL::text
$$;

-- A turn or refusal with an outcome in endedBy ends the ownership: the number was reassigned or lost its account.
CREATE OR REPLACE FUNCTION last_owner(me bigint, item jsonb, at bigint) RETURNS text LANGUAGE sql AS $$
  SELECT user_id FROM (
    SELECT CASE WHEN item->'endedBy' ? turns.outcome THEN NULL ELSE coalesce(messages.user_id, turns.user_id) END AS user_id,
        received_at AS at
      FROM messages LEFT JOIN turns ON turns.id = turn_id
      WHERE messages.sender = item->>'sender' AND coalesce(messages.user_id, turns.user_id) IS NOT NULL
    UNION ALL SELECT user_id, updated_at AS at FROM sessions WHERE sender = item->>'sender'
    UNION ALL SELECT NULL, refusals.at FROM refusals WHERE sender = item->>'sender' AND item->'endedBy' ? outcome
  ) AS records ORDER BY records.at DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION last_pending_sequence(me bigint, item jsonb, at bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT coalesce(greatest(
    (SELECT max(seq) FROM messages WHERE done_at IS NULL),
    (SELECT max(seq) FROM turns WHERE state = 'open')
  ), 0)
$$;

CREATE OR REPLACE FUNCTION inbox_status(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'pending', (SELECT count(*) FROM messages WHERE done_at IS NULL),
    'oldestAt', least(
      (
        SELECT received_at FROM messages
        WHERE done_at IS NULL AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.sender = messages.sender)
        ORDER BY received_at LIMIT 1
      ),
      (
        SELECT min(greatest(received_at, ends_at)) FROM pauses JOIN messages ON messages.sender = pauses.sender
        WHERE done_at IS NULL AND ends_at <= at
      )
    ),
    'pausedConversations', (SELECT count(*) FROM pauses WHERE ends_at > at),
    'deadLetters', (SELECT count(*) FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL)
  )
$$;
`;
