import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { senderOf } from '../../src/conversation-key.ts';
import { maskedContext } from '../../src/events.ts';
import type { PhoneNumber } from '../../src/phone.ts';
import { adminSecurity, errorResponses } from '../schemas.ts';
import { createFindConversation, Device, Phone } from './find-conversation.ts';
import { overview, toOverview } from './overview.ts';
import { NextCursor, Page, paginate } from './paging.ts';

/** Number of outcomes shown for one conversation. */
const MAX_OUTCOMES = 20;
/** Maximum delay of a response by the identity look-up, ms. */
const ADMIN_IDENTIFY_TIMEOUT_MS = 5_000;

const Overviews = Type.Object(
  { conversations: Type.Array(Type.Object(overview)), nextCursor: NextCursor },
  { description: 'conversations with a session, something pending or a pause, the latest first' },
);
const Detail = Type.Object(
  {
    ...overview,
    identity: Type.Union(
      [
        Type.Object({
          linked: Type.Boolean(),
          approved: Type.Boolean(),
          matches: Type.Integer({ description: 'accounts that carry the number' }),
          name: Type.Union([Type.String(), Type.Null()]),
          unit: Type.Union([Type.String(), Type.Null()]),
        }),
        Type.Null(),
      ],
      { description: 'the current state in Supabase; null while it is unavailable' },
    ),
    session: Type.Array(
      Type.Object({ role: Type.Enum(['user', 'assistant']), content: Type.String(), timestamp: Type.Integer() }),
    ),
    recent: Type.Array(Type.Object({ at: Type.String(), outcome: Type.String() }), { description: 'newest first' }),
  },
  { description: 'everything about one number, linked or not' },
);

/** Conversations for support: list the active ones, show one, delete one. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { store, session, supabase, conversations, events } = app;
  const common = { tags: ['admin'], security: adminSecurity };
  const { findConversation, parsePhone } = createFindConversation(app);

  const list = {
    ...common,
    operationId: 'listConversations',
    summary: 'Active conversations',
    querystring: Page,
    response: { 200: Overviews, ...errorResponses(400, 401, 429, 500, 503) },
  };
  app.get('/api/conversations', { schema: list, onRequest: app.authenticateAdmin }, async (request) => {
    const { entries, nextCursor } = await paginate(request.query, (page) =>
      store.conversations.active({ ...page, activeSince: session.activeSince() }),
    );
    events.emit({ type: 'admin.acted', name: request.admin, action: 'list-conversations' });
    return { conversations: entries.map(toOverview), nextCursor };
  });

  const show = {
    ...common,
    operationId: 'showConversation',
    summary: 'Show one number',
    params: Phone,
    querystring: Device,
    response: { 200: Detail, ...errorResponses(400, 401, 429, 500, 503) },
  };
  app.get('/api/conversations/:phone', { schema: show, onRequest: app.authenticateAdmin }, async (request) => {
    const conversation = await findConversation(request.params.phone, request.query.device);
    const activeSince = session.activeSince();
    const { recent, ...found } = await store.conversations.of(conversation, { limit: MAX_OUTCOMES, activeSince });
    const entries = (await session.find(conversation))?.entries ?? [];
    events.emit({ ...maskedContext(conversation), type: 'admin.acted', name: request.admin, action: 'show' });
    return {
      ...toOverview(found),
      identity: await identityOf(senderOf(conversation)),
      session: entries,
      recent: recent.map(({ at, outcome }) => ({ at: new Date(at).toISOString(), outcome })),
    };
  });

  const Gone = Type.Null({ description: 'deleted' });
  const forget = {
    ...common,
    operationId: 'forgetConversation',
    summary: 'Delete everything about one number, with all devices',
    params: Phone,
    response: { 204: Gone, ...errorResponses(400, 401, 413, 415, 429, 500, 503) },
  };
  app.delete(
    '/api/conversations/:phone',
    { schema: forget, onRequest: app.authenticateAdmin },
    async (request, reply) => {
      const phone = parsePhone(request.params.phone);
      await store.forget(phone);
      supabase.forget(phone);
      conversations.notifyNumber(phone);
      events.emit({ ...maskedContext(phone), type: 'admin.acted', name: request.admin, action: 'forget' });
      return reply.code(204).send(null);
    },
  );

  /** Bypasses the cache: support looks here when a number has just been linked. */
  async function identityOf(phone: PhoneNumber) {
    supabase.forget(phone);
    const identity = await supabase.identifyWithin(phone, ADMIN_IDENTIFY_TIMEOUT_MS);
    if (!identity) return null;
    const { user, refusal, matches } = identity;
    return {
      linked: refusal !== 'not-linked',
      approved: user !== null,
      matches,
      name: user?.name ?? null,
      unit: user?.unit ?? null,
    };
  }
};

export default routes;
