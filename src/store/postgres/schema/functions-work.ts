/** Functions that read turns and waiting messages. Rows are returned with their column names. */
export const WORK_FUNCTIONS = `
CREATE OR REPLACE FUNCTION turn_with_messages(turn turns) RETURNS jsonb LANGUAGE sql AS $$
  SELECT to_jsonb(turn) || jsonb_build_object('messages', coalesce((
    SELECT jsonb_agg(to_jsonb(messages) ORDER BY seq) FROM messages
    WHERE messages.sender = turn.sender AND messages.turn_id = turn.id
  ), '[]'))
$$;

CREATE OR REPLACE FUNCTION open_turn(turn_id text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT turn_with_messages(turns) FROM turns WHERE id = turn_id AND state = 'open'
$$;

CREATE OR REPLACE FUNCTION waiting_messages(of_sender text, max_messages bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(waiting) ORDER BY seq), '[]') FROM (
    SELECT * FROM messages WHERE sender = of_sender AND turn_id IS NULL ORDER BY seq LIMIT max_messages
  ) AS waiting
$$;

CREATE OR REPLACE FUNCTION first_open_turn(of_sender text) RETURNS turns LANGUAGE sql AS $$
  SELECT * FROM turns WHERE sender = of_sender AND state = 'open' ORDER BY (started_at IS NULL), seq LIMIT 1
$$;

CREATE OR REPLACE FUNCTION pending_work(of_sender text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  first_turn turns := first_open_turn(of_sender);
BEGIN
  RETURN jsonb_build_object(
    'sender', of_sender,
    'openAt', CASE WHEN first_turn.id IS NULL THEN NULL ELSE coalesce(first_turn.retry_at, 0) END,
    'crashes', coalesce(first_turn.crashes, 0)
  );
END $$;

-- The instance becomes the owner of a conversation with work unless another instance owns it; then returns no work. A
-- conversation that a pause holds loses its owner, and every instance sees its work.
CREATE OR REPLACE FUNCTION load_next(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := item->>'sender';
  is_held boolean := is_paused(of_sender, at) AND NOT is_replying(first_open_turn(of_sender));
BEGIN
  IF is_held THEN
    UPDATE conversations SET owner = NULL WHERE sender = of_sender AND owner = me;
  END IF;
  IF (is_held OR owns(me, of_sender, true)) AND refresh_due_at(of_sender) THEN
    RETURN jsonb_build_object(
      'open', open_turn((first_open_turn(of_sender)).id),
      'waiting', waiting_messages(of_sender, (item->>'limit')::bigint),
      'pending', pending_work(of_sender),
      'pause', last_pause(of_sender)
    );
  END IF;
  RETURN jsonb_build_object('open', NULL, 'waiting', '[]'::jsonb, 'pause', NULL,
    'pending', jsonb_build_object('sender', of_sender, 'openAt', NULL, 'crashes', 0));
END $$;

CREATE OR REPLACE FUNCTION load_open(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'turn', turn_with_messages(turns),
    'waiting', waiting_messages(sender, (item->>'limit')::bigint),
    'nextNoticeSeq', (
      SELECT min(notices.seq) FROM turns AS notices
      WHERE notices.sender = turns.sender AND notices.state = 'open' AND notices.started_at IS NULL AND notices.seq > turns.seq
    ),
    'pausedSeq', (SELECT pauses.seq FROM pauses WHERE pauses.sender = turns.sender AND ends_at > at)
  ) FROM turns WHERE id = item->>'turn' AND state = 'open' AND owns(me, sender, false)
$$;

-- Conversations with work that the instance owns or may take.
CREATE OR REPLACE FUNCTION list_pending(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(pending_work(sender)), '[]') FROM conversations
  WHERE due_at IS NOT NULL AND (owner IS NULL OR owner = me)
$$;

CREATE OR REPLACE FUNCTION recent_turns(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(recent)), '[]') FROM (
    SELECT ended_at AS "endedAt", coalesce((
      SELECT CASE WHEN count(attachment) = 0 THEN string_agg(text, chr(10) ORDER BY messages.seq) ELSE '' END
      FROM messages WHERE messages.sender = turns.sender AND turn_id = turns.id
    ), '') AS text
    FROM turns WHERE sender = item->>'sender' AND ended_at IS NOT NULL AND kind <> 'notice'
    ORDER BY ended_at DESC LIMIT (item->>'limit')::bigint
  ) AS recent
$$;
`;
