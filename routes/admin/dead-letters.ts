import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { senderOf } from '../../src/conversation-key.ts';
import { DeadLetterRunning } from '../../src/errors.ts';
import { maskedContext } from '../../src/events.ts';
import { adminSecurity, errorResponses } from '../schemas.ts';
import { DeviceField, toDevice } from './overview.ts';
import { NextCursor, Page, paginate } from './paging.ts';

const DeadLetter = Type.Object({
  id: Type.String(),
  sender: Type.String(),
  device: DeviceField,
  reason: Type.String({ description: "FONNTE's, Gemini's or Supabase's own words" }),
  upstream: Type.String(),
  attempts: Type.Integer(),
  messages: Type.Array(Type.String(), { description: 'texts of the messages' }),
  hasReply: Type.Boolean({ description: 'true: a replay sends the stored reply; false: a replay asks Gemini again' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  diedAt: Type.String({ description: 'ISO 8601' }),
  history: Type.Array(Type.Object({ at: Type.String(), upstream: Type.String(), reason: Type.String() }), {
    description: 'failures, oldest first, at most 20',
  }),
});
const Letters = Type.Object(
  { deadLetters: Type.Array(DeadLetter), nextCursor: NextCursor },
  { description: 'turns that failed permanently, the latest first' },
);
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description: 'from the list' }) });

/** Dead letters: list, replay, discard. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { store, supabase, conversations, events } = app;
  const { deadLetters } = store;
  const common = { tags: ['admin'], security: adminSecurity };
  const iso = (ms: number) => new Date(ms).toISOString();

  const list = {
    ...common,
    operationId: 'listDeadLetters',
    summary: 'Dead letters',
    querystring: Page,
    response: { 200: Letters, ...errorResponses(400, 401, 429, 500, 503) },
  };
  app.get('/api/dead-letters', { schema: list, onRequest: app.authenticateAdmin }, async (request) => {
    const { entries, nextCursor } = await paginate(request.query, deadLetters.list);
    const letters = entries.map((letter) => ({
      ...letter,
      sender: senderOf(letter.sender),
      ...toDevice(letter.sender),
      createdAt: iso(letter.createdAt),
      diedAt: iso(letter.diedAt),
      history: letter.history.map((problem) => ({ ...problem, at: iso(problem.at) })),
    }));
    events.emit({ type: 'admin.acted', name: request.admin, action: 'list-dead-letters' });
    return { deadLetters: letters, nextCursor };
  });

  const Accepted = Type.Object(
    { success: Type.Literal(true), id: Type.String() },
    { description: 'the replay has started' },
  );
  const replay = {
    ...common,
    operationId: 'replayDeadLetter',
    summary: 'Replay a dead letter',
    params: Id,
    response: { 202: Accepted, ...errorResponses(400, 401, 404, 409, 413, 415, 429, 500, 503) },
  };
  app.post(
    '/api/dead-letters/:id/replay',
    { schema: replay, onRequest: app.authenticateAdmin },
    async (request, reply) => {
      const { id } = request.params;
      const replayed = await deadLetters.replay(id);
      if (replayed === 'unknown') throw app.httpErrors.notFound();
      if (replayed === 'running') throw new DeadLetterRunning();
      const about = maskedContext(replayed.sender);
      events.emit({ ...about, type: 'admin.acted', name: request.admin, action: 'replay' });
      // The owner of the number is looked up again before an old turn is continued.
      supabase.forget(senderOf(replayed.sender));
      conversations.notify(replayed.sender);
      return reply.code(202).send({ success: true, id });
    },
  );

  const Gone = Type.Null({ description: 'discarded' });
  const discard = {
    ...common,
    operationId: 'discardDeadLetter',
    summary: 'Discard a dead letter',
    params: Id,
    response: { 204: Gone, ...errorResponses(400, 401, 404, 413, 415, 429, 500, 503) },
  };
  app.delete('/api/dead-letters/:id', { schema: discard, onRequest: app.authenticateAdmin }, async (request, reply) => {
    if (!(await deadLetters.discard(request.params.id))) throw app.httpErrors.notFound();
    events.emit({ type: 'admin.acted', name: request.admin, action: 'discard' });
    return reply.code(204).send(null);
  });
};

export default routes;
