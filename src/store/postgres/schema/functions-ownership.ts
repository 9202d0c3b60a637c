/**
 * Functions that decide which instance works on a conversation. The caller holds the lock of the conversation's row, so that
 * every statement of these functions sees all committed messages: each has its own snapshot, taken after the lock.
 */
export const OWNERSHIP_FUNCTIONS = `
-- Whether the instance owns the conversation. takes: it becomes the owner of a conversation without one.
CREATE OR REPLACE FUNCTION owns(me bigint, of_sender text, takes boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  current_owner bigint;
BEGIN
  SELECT owner INTO current_owner FROM conversations WHERE sender = of_sender;
  IF NOT FOUND OR me IS NULL THEN RETURN false; END IF;
  IF current_owner IS NULL AND takes THEN
    UPDATE conversations SET owner = me WHERE sender = of_sender;
    RETURN true;
  END IF;
  RETURN coalesce(current_owner = me, false);
END $$;

CREATE OR REPLACE FUNCTION add_work(to_sender text, due bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE conversations SET due_at = due WHERE sender = to_sender AND due_at IS NULL
$$;

-- Stores when the next work of a conversation is due, after a pause that holds it; without work it loses its owner. Returns
-- whether it has work.
CREATE OR REPLACE FUNCTION refresh_due_at(of_sender text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  due bigint;
  replying boolean;
BEGIN
  SELECT coalesce(retry_at, 0), is_replying(turns) INTO due, replying FROM turns
  WHERE sender = of_sender AND state = 'open' ORDER BY (started_at IS NULL), seq LIMIT 1;
  IF NOT FOUND THEN
    SELECT min(received_at) INTO due FROM messages WHERE sender = of_sender AND turn_id IS NULL;
  END IF;
  IF due IS NOT NULL AND replying IS NOT TRUE THEN
    due := greatest(due, (SELECT ends_at FROM pauses WHERE sender = of_sender));
  END IF;
  UPDATE conversations SET due_at = due, owner = CASE WHEN due IS NULL THEN NULL ELSE owner END
  WHERE sender = of_sender AND (due_at IS DISTINCT FROM due OR (due IS NULL AND owner IS NOT NULL));
  RETURN due IS NOT NULL;
END $$;

-- Locks the conversations of the items, in one order everywhere. A 'lock' names a sender, a 'turn' the id of a turn;
-- 'creates' adds a missing row.
CREATE OR REPLACE FUNCTION lock_conversations(items jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  locked record;
BEGIN
  FOR locked IN
    SELECT senders.sender, bool_or(senders.creates) AS creates FROM (
      SELECT value->>'lock' COLLATE "C" AS sender, value ? 'creates' AS creates
        FROM jsonb_array_elements(items) WHERE value ? 'lock'
      UNION ALL SELECT turns.sender, false
        FROM jsonb_array_elements(items) JOIN turns ON turns.id = value->>'turn'
    ) AS senders GROUP BY senders.sender ORDER BY senders.sender
  LOOP
    LOOP
      PERFORM 1 FROM conversations WHERE sender = locked.sender FOR UPDATE;
      EXIT WHEN FOUND OR NOT locked.creates;
      INSERT INTO conversations (sender) VALUES (locked.sender) ON CONFLICT DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION lock_key() RETURNS integer LANGUAGE sql AS $$
  SELECT hashtext(current_schema() || '.instances')
$$;

CREATE OR REPLACE FUNCTION register_instance(lease_ms bigint) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO instances (alive_until) VALUES (clock_timestamp() + lease_ms * interval '1 ms') RETURNING id
$$;

CREATE OR REPLACE FUNCTION renew_instance(me bigint, lease_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE instances SET alive_until = clock_timestamp() + lease_ms * interval '1 ms' WHERE id = me;
  RETURN FOUND;
END $$;

-- Frees the conversations of an instance; a turn that it ran counts one crash. Its running operations end first.
CREATE OR REPLACE FUNCTION remove_instance(removed bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  owned record;
BEGIN
  PERFORM pg_advisory_xact_lock(lock_key(), removed::integer);
  DELETE FROM instances WHERE id = removed;
  FOR owned IN SELECT sender FROM conversations WHERE owner = removed ORDER BY sender FOR UPDATE LOOP
    UPDATE turns SET crashes = crashes + 1, run_by = NULL
    WHERE sender = owned.sender AND run_by = removed AND state = 'open';
    UPDATE conversations SET owner = NULL WHERE sender = owned.sender;
    PERFORM refresh_due_at(owned.sender);
  END LOOP;
END $$;

-- Removes the instances whose lease has ended. Returns their number.
CREATE OR REPLACE FUNCTION remove_dead_instances() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  dead record;
  removed bigint := 0;
BEGIN
  FOR dead IN SELECT id FROM instances WHERE alive_until < clock_timestamp() FOR UPDATE SKIP LOCKED LOOP
    IF pg_try_advisory_xact_lock(lock_key(), dead.id::integer) THEN
      PERFORM remove_instance(dead.id);
      removed := removed + 1;
    END IF;
  END LOOP;
  RETURN removed;
END $$;

-- Takes over due conversations without an owner, at most 'limit', that were due 'graceMs' ago. Also returns those that the
-- instance has owned for 'lostMs' without running a turn: the response that it became the owner was lost.
CREATE OR REPLACE FUNCTION claim_work(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  WITH due AS (
    SELECT sender FROM conversations
    WHERE me IS NOT NULL AND owner IS NULL AND due_at <= at - (item->>'graceMs')::bigint
    ORDER BY due_at LIMIT (item->>'limit')::bigint FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE conversations SET owner = me FROM due WHERE conversations.sender = due.sender RETURNING conversations.sender
  ), lost AS (
    SELECT sender FROM conversations
    WHERE owner = me AND due_at <= at - (item->>'lostMs')::bigint AND NOT EXISTS (
      SELECT 1 FROM turns WHERE turns.sender = conversations.sender AND state = 'open' AND run_by = me
    )
    LIMIT (item->>'limit')::bigint
  )
  SELECT coalesce(jsonb_agg(pending_work(sender)), '[]') FROM (
    SELECT sender FROM claimed UNION ALL SELECT sender FROM lost
  ) AS work
$$;
`;
