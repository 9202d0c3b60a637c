/**
 * Functions that write turns. Only the instance that owns the conversation can write an open turn, so an
 * instance that was suspended and lost its conversations cannot write.
 */
export const TURN_FUNCTIONS = `
-- The sender of an open turn of a conversation that the instance owns; otherwise null.
CREATE OR REPLACE FUNCTION writable_sender(me bigint, turn_id text, takes boolean) RETURNS text LANGUAGE sql AS $$
  SELECT sender FROM turns WHERE id = turn_id AND state = 'open' AND owns(me, sender, takes)
$$;

CREATE OR REPLACE FUNCTION seqs_of(item jsonb) RETURNS bigint[] LANGUAGE sql AS $$
  SELECT array_agg(value::bigint) FROM jsonb_array_elements_text(item->'seqs')
$$;

CREATE OR REPLACE FUNCTION start_turn(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := item->>'sender';
  seqs bigint[] := seqs_of(item);
BEGIN
  IF seqs IS NULL OR is_paused(of_sender, at) OR NOT owns(me, of_sender, true) OR cardinality(seqs) > (
    SELECT count(*) FROM messages WHERE sender = of_sender AND turn_id IS NULL AND seq = ANY (seqs)
  ) THEN RETURN NULL; END IF;
  UPDATE messages SET turn_id = item->>'id' WHERE sender = of_sender AND turn_id IS NULL AND seq = ANY (seqs);
  INSERT INTO turns (id, seq, sender, user_id, kind, created_at, started_at, attempts, run_by)
  VALUES (item->>'id', seqs[1], of_sender, item->>'userId', item->>'kind', at, at, 1, me);
  RETURN open_turn(item->>'id');
END $$;

CREATE OR REPLACE FUNCTION join_turn(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := writable_sender(me, item->>'turn', false);
BEGIN
  IF of_sender IS NULL OR EXISTS (SELECT 1 FROM turns WHERE id = item->>'turn' AND parts IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  UPDATE messages SET turn_id = item->>'turn'
  WHERE sender = of_sender AND turn_id IS NULL AND seq = ANY (seqs_of(item));
  RETURN open_turn(item->>'turn');
END $$;

CREATE OR REPLACE FUNCTION resume_turn(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM turns WHERE id = item->>'turn' AND NOT is_replying(turns) AND is_paused(sender, at)) THEN
    RETURN NULL;
  END IF;
  IF writable_sender(me, item->>'turn', true) IS NULL THEN RETURN NULL; END IF;
  UPDATE turns SET started_at = coalesce(started_at, at), attempts = attempts + 1, retry_at = NULL, run_by = me
  WHERE id = item->>'turn';
  RETURN open_turn(item->>'turn');
END $$;

CREATE OR REPLACE FUNCTION release_turn(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF writable_sender(me, item->>'turn', false) IS NULL THEN RETURN false; END IF;
  UPDATE turns SET run_by = NULL, elapsed_ms = (item->>'elapsedMs')::bigint WHERE id = item->>'turn';
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION release_all_turns(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE sql AS $$
  UPDATE turns SET run_by = NULL WHERE run_by = me AND state = 'open';
  SELECT true
$$;

CREATE OR REPLACE FUNCTION save_reply(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := writable_sender(me, item->>'turn', false);
BEGIN
  IF of_sender IS NULL THEN RETURN false; END IF;
  IF item ? 'requiresNoWaiting' AND EXISTS (SELECT 1 FROM messages WHERE sender = of_sender AND turn_id IS NULL) THEN
    RETURN false;
  END IF;
  UPDATE turns SET user_id = item->>'userId', parts = item->>'parts', parts_sent = 0,
    reply_at = (item->>'replyAt')::bigint, entries = item->>'entries', notes = item->>'notes',
    dead_letter_reason = item->>'deadLetterReason', send_failures = 0, failing_since = NULL, crashes = 0
  WHERE id = item->>'turn';
  DELETE FROM reply_files WHERE turn_id = item->>'turn';
  INSERT INTO reply_files (turn_id, part, data)
  SELECT item->>'turn', (file->>'part')::integer, decode(file->>'data', 'base64')
  FROM jsonb_array_elements(item->'files') AS file;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION load_file(me bigint, item jsonb, at bigint) RETURNS text LANGUAGE sql AS $$
  SELECT encode(data, 'base64') FROM reply_files WHERE turn_id = item->>'id' AND part = (item->>'part')::integer
$$;

CREATE OR REPLACE FUNCTION record_part_sent(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF writable_sender(me, item->>'turn', false) IS NULL THEN RETURN false; END IF;
  UPDATE turns SET parts_sent = greatest(parts_sent, (item->>'partsSent')::integer), send_failures = 0,
    failing_since = NULL, crashes = 0 WHERE id = item->>'turn';
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION mark_wait_notice_sent(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF writable_sender(me, item->>'turn', false) IS NULL THEN RETURN false; END IF;
  UPDATE turns SET wait_notice_sent = 1 WHERE id = item->>'turn';
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION schedule_retry(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF writable_sender(me, item->>'turn', false) IS NULL THEN RETURN false; END IF;
  UPDATE turns SET retry_at = (item->>'retryAt')::bigint, elapsed_ms = (item->>'elapsedMs')::bigint,
    send_failures = (item->>'sendFailures')::integer, failing_since = (item->>'failingSince')::bigint,
    history = item->>'history', crashes = 0, run_by = NULL
  WHERE id = item->>'turn';
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION end_turn(turn_id_ text, of_sender text, new_state text, new_outcome text, at bigint)
RETURNS void LANGUAGE sql AS $$
  UPDATE turns SET state = new_state, outcome = new_outcome, ended_at = at, retry_at = NULL, run_by = NULL
  WHERE id = turn_id_;
  UPDATE messages SET done_at = at WHERE sender = of_sender AND turn_id = turn_id_
$$;

CREATE OR REPLACE FUNCTION delete_reply(turn_id_ text) RETURNS void LANGUAGE sql AS $$
  UPDATE turns SET parts = NULL, parts_sent = 0, reply_at = NULL, entries = NULL, notes = NULL WHERE id = turn_id_;
  DELETE FROM reply_files WHERE turn_id = turn_id_
$$;

-- Ends a turn together with its session. Returns whether the conversation has more work, or the session of a conflict.
CREATE OR REPLACE FUNCTION complete_turn(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := writable_sender(me, item->>'turn', false);
BEGIN
  IF of_sender IS NULL THEN RETURN jsonb_build_object('hasWork', false); END IF;
  IF item->'session' <> 'null' AND NOT write_session(of_sender, item->'session', at) THEN
    RETURN jsonb_build_object('conflict', true);
  END IF;
  PERFORM end_turn(item->>'turn', of_sender, 'done', item->>'outcome', at);
  RETURN jsonb_build_object('hasWork', refresh_due_at(of_sender));
END $$;

CREATE OR REPLACE FUNCTION move_to_dead_letters(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := writable_sender(me, item->>'turn', false);
BEGIN
  IF of_sender IS NULL THEN RETURN false; END IF;
  PERFORM end_turn(item->>'turn', of_sender, 'dead', 'dead-lettered', at);
  UPDATE turns SET dead_letter_reason = item->>'deadLetterReason', history = item->>'history' WHERE id = item->>'turn';
  IF NOT (item->>'keepsReply')::boolean THEN PERFORM delete_reply(item->>'turn'); END IF;
  PERFORM refresh_due_at(of_sender);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION drop_turn(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  of_sender text := writable_sender(me, item->>'turn', false);
BEGIN
  IF of_sender IS NULL THEN RETURN false; END IF;
  PERFORM end_turn(item->>'turn', of_sender, 'done', item->>'outcome', at);
  PERFORM delete_reply(item->>'turn');
  IF (item->>'deletesSession')::boolean THEN DELETE FROM sessions WHERE sender = of_sender; END IF;
  PERFORM refresh_due_at(of_sender);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION replay_dead_letter(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  turn turns;
BEGIN
  SELECT * INTO turn FROM turns WHERE id = item->>'turn';
  IF NOT FOUND OR turn.state = 'done' THEN RETURN '"unknown"'; END IF;
  IF turn.state = 'open' THEN RETURN '"running"'; END IF;
  UPDATE turns SET state = 'open', outcome = NULL, ended_at = NULL, dead_letter_reason = NULL, elapsed_ms = 0,
    send_failures = 0, failing_since = NULL, retry_at = NULL, crashes = 0 WHERE id = turn.id;
  UPDATE messages SET done_at = NULL WHERE sender = turn.sender AND turn_id = turn.id;
  PERFORM refresh_due_at(turn.sender);
  RETURN jsonb_build_object('sender', turn.sender);
END $$;

CREATE OR REPLACE FUNCTION discard_dead_letter(me bigint, item jsonb, at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  of_sender text;
BEGIN
  DELETE FROM turns WHERE id = item->>'turn' AND state = 'dead' RETURNING sender INTO of_sender;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM messages WHERE sender = of_sender AND turn_id = item->>'turn';
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION list_dead_letters(me bigint, item jsonb, at bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(turn_with_messages(letters) ORDER BY letters.ended_at DESC, letters.id), '[]')
  FROM (
    SELECT turns.* FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL ORDER BY ended_at DESC, id
    LIMIT (item->>'limit')::bigint OFFSET (item->>'cursor')::bigint
  ) AS page JOIN turns AS letters ON letters.id = page.id
$$;
`;
