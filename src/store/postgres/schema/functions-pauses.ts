/** Functions of pauses. The caller holds the lock of the conversation's row. */
export const PAUSE_FUNCTIONS = `
CREATE OR REPLACE FUNCTION is_paused(of_sender text, at bigint) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT 1 FROM pauses WHERE sender = of_sender AND ends_at > at)
$$;

-- Whether a turn was started and has a stored reply: a pause does not hold it.
CREATE OR REPLACE FUNCTION is_replying(turn turns) RETURNS boolean LANGUAGE sql AS $$
  SELECT coalesce(turn.attempts > 0 AND turn.parts IS NOT NULL, false)
$$;

CREATE OR REPLACE FUNCTION last_pause(of_sender text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('seq', seq, 'endsAt', ends_at) FROM pauses WHERE sender = of_sender
$$;

CREATE OR REPLACE FUNCTION start_pause(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pauses (sender, seq, ends_at) VALUES (item->>'sender', (item->>'seq')::bigint, (item->>'endsAt')::bigint)
  ON CONFLICT (sender) DO UPDATE SET ends_at = excluded.ends_at,
    seq = CASE WHEN pauses.ends_at > at THEN pauses.seq ELSE excluded.seq END;
  PERFORM refresh_due_at(item->>'sender');
  RETURN true;
END $$;

-- The messages that were received while paused, up to 'unansweredThrough', end with a turn that has no reply.
CREATE OR REPLACE FUNCTION end_pause(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := item->>'sender';
  after_seq bigint;
  first_seq bigint;
BEGIN
  UPDATE pauses SET ends_at = at WHERE sender = of_sender AND ends_at > at RETURNING seq INTO after_seq;
  IF NOT FOUND THEN RETURN false; END IF;
  WITH ended AS (
    UPDATE messages SET turn_id = item->>'id', done_at = at WHERE sender = of_sender AND turn_id IS NULL
      AND seq > after_seq AND seq <= (item->>'unansweredThrough')::bigint RETURNING seq
  )
  SELECT min(seq) INTO first_seq FROM ended;
  IF first_seq IS NOT NULL THEN
    INSERT INTO turns (id, seq, sender, kind, state, created_at, outcome, ended_at)
    VALUES (item->>'id', first_seq, of_sender, 'answer', 'done', at, 'paused', at);
  END IF;
  PERFORM refresh_due_at(of_sender);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION held_messages(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(held) ORDER BY seq), '[]') FROM (
    SELECT messages.* FROM pauses JOIN messages ON messages.sender = pauses.sender
    WHERE pauses.sender = item->>'sender' AND ends_at > at AND turn_id IS NULL AND messages.seq > pauses.seq
    ORDER BY messages.seq DESC LIMIT (item->>'limit')::bigint
  ) AS held
$$;
`;
