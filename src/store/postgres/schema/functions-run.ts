/** Functions that an item of `run` can name, each with the parameters (instance, item, time). */
const OPERATIONS = [
  'refuse_message',
  'delete_key',
  'last_owner',
  'inbox_status',
  'last_pending_sequence',
  'claim_work',
  'list_pending',
  'load_next',
  'load_open',
  'recent_turns',
  'start_turn',
  'join_turn',
  'resume_turn',
  'release_turn',
  'release_all_turns',
  'save_reply',
  'load_file',
  'record_part_sent',
  'mark_wait_notice_sent',
  'schedule_retry',
  'complete_turn',
  'move_to_dead_letters',
  'drop_turn',
  'start_pause',
  'end_pause',
  'held_messages',
  'replay_dead_letter',
  'discard_dead_letter',
  'list_dead_letters',
  'load_session',
  'load_session_of_turn',
  'update_session',
  'delete_session',
  'count_sessions',
  'list_conversations',
  'load_conversation',
  'tokens_used',
  'add_tokens',
  'claim_key',
  'complete_key',
  'list_keys',
  'reserve_key',
  'replace_key',
  'forget_sender',
  'update_hold',
  'prune',
] as const;

/** Operations with other parameters. */
const SPECIAL_OPERATIONS = {
  accept_message: 'accept_message(self, item, at, pending_count)',
  has_fingerprint: 'fingerprint_is_stored(item, at)',
  count_accepted: 'count_accepted(item, at)',
} as const;

export type Operation = (typeof OPERATIONS)[number] | keyof typeof SPECIAL_OPERATIONS;

/** Operations that a webhook call waits for. */
export const WEBHOOK_OPERATIONS: ReadonlySet<Operation> = new Set([
  'has_fingerprint',
  'count_accepted',
  'last_owner',
  'accept_message',
  'refuse_message',
]);

const calls = [
  ...Object.entries(SPECIAL_OPERATIONS),
  ...OPERATIONS.map((name) => [name, `${name}(self, item, at)`] as const),
];

/**
 * Runs operations of several conversations in their order, in one transaction: `items` is an array of objects with the name
 * of the operation in `op` and the time of the call in `now` (ms). Returns an array with their results.
 */
export const RUN_FUNCTION = (schema: string) => `
CREATE OR REPLACE FUNCTION run(me bigint, items jsonb) RETURNS jsonb LANGUAGE plpgsql
SET search_path = ${schema}, pg_temp SET lock_timeout = '800ms' AS $$
DECLARE
  item jsonb;
  number bigint;
  at bigint;
  self bigint;
  result jsonb;
  results jsonb[] := '{}';
  pending_count bigint;
BEGIN
  -- An instance whose lease has ended is removed only while none of its operations runs.
  PERFORM pg_advisory_xact_lock_shared(lock_key(), me::integer);
  SELECT id INTO self FROM instances WHERE id = me;
  PERFORM lock_conversations(items);
  -- Tokens are counted last, in the order of the users: these rows are locked in one order as well.
  FOR item, number IN SELECT value, ordinality FROM jsonb_array_elements(items) WITH ORDINALITY
    ORDER BY CASE value->>'op' WHEN 'add_tokens' THEN value->>'userId' COLLATE "C" END NULLS FIRST, ordinality
  LOOP
    at := (item->>'now')::bigint;
    IF item->>'op' = 'accept_message' AND pending_count IS NULL THEN
      SELECT count(*) INTO pending_count FROM messages WHERE done_at IS NULL;
    END IF;
    result := NULL;
    -- A turn that this process started as another instance, before it was removed, or an earlier attempt whose statement
    -- arrives late: it must not be written.
    IF (item->>'run')::bigint <> me OR (item ? 'attempt' AND
      (item->>'attempt')::integer <> (SELECT attempts FROM turns WHERE turns.id = item->>'turn'))
    THEN
      results[number] := 'null';
      CONTINUE;
    END IF;
    CASE item->>'op'
${calls.map(([name, call]) => `      WHEN '${name}' THEN result := to_jsonb(${call});`).join('\n')}
    END CASE;
    IF result = '"accepted"' THEN pending_count := pending_count + 1; END IF;
    results[number] := coalesce(result, 'null');
  END LOOP;
  RETURN to_jsonb(results);
END $$;
`;
