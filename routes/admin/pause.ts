import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { ConversationKey } from '../../src/conversation-key.ts';
import { maskedContext } from '../../src/events.ts';
import { MAX_PAUSE_MS } from '../../src/store/types.ts';
import { adminSecurity, errorResponses } from '../schemas.ts';
import { createFindConversation, Device, Phone } from './find-conversation.ts';
import { overview, toOverview } from './overview.ts';

const PauseBody = Type.Object(
  { minutes: Type.Integer({ minimum: 1, maximum: MAX_PAUSE_MS / 60_000, description: 'from now on' }) },
  { examples: [{ minutes: 60 }] },
);
const ResumeBody = Type.Object(
  {
    answer: Type.Optional(
      Type.Boolean({ default: false, description: 'whether messages that were received while paused are answered' }),
    ),
  },
  { examples: [{ answer: false }] },
);
const State = Type.Object(overview, { description: 'the state of the conversation' });

/** Human takeover: pause and resume of a conversation. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { store, session, conversations, events } = app;
  const { findConversation } = createFindConversation(app);
  const common = {
    tags: ['admin'],
    security: adminSecurity,
    params: Phone,
    querystring: Device,
    response: { 200: State, ...errorResponses(400, 401, 413, 415, 429, 500, 503) },
  };

  const pause = {
    ...common,
    operationId: 'pauseConversation',
    summary: 'Pause a conversation',
    description:
      'The running turn is completed, then the assistant is silent. When the pause ends, messages are answered.',
    body: PauseBody,
  };
  app.post('/api/conversations/:phone/pause', { schema: pause, onRequest: app.authenticateAdmin }, async (request) => {
    const conversation = await findConversation(request.params.phone, request.query.device);
    await conversations.pause(conversation, request.body.minutes);
    events.emit({ ...maskedContext(conversation), type: 'admin.acted', name: request.admin, action: 'pause' });
    return await stateOf(conversation);
  });

  const resume = {
    ...common,
    operationId: 'resumeConversation',
    summary: 'Resume a conversation',
    description: 'Messages that were received before the pause are answered in any case.',
    body: ResumeBody,
  };
  app.post(
    '/api/conversations/:phone/resume',
    { schema: resume, onRequest: app.authenticateAdmin },
    async (request) => {
      const conversation = await findConversation(request.params.phone, request.query.device);
      await conversations.resume(conversation, { answer: request.body.answer ?? false });
      events.emit({ ...maskedContext(conversation), type: 'admin.acted', name: request.admin, action: 'resume' });
      return await stateOf(conversation);
    },
  );

  async function stateOf(conversation: ConversationKey) {
    return toOverview(await store.conversations.of(conversation, { limit: 0, activeSince: session.activeSince() }));
  }
};

export default routes;
