import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { version } from '../src/version.ts';
import { errorResponses } from './schemas.ts';

const Check = (description: string, words = '') =>
  Type.String({ description: `ok, or one word that names the problem of ${description}${words}` });

const ModelState = Type.Object({
  model: Type.String(),
  status: Type.Enum(['ok', 'open', 'half-open', 'disabled'], {
    description:
      'open, half-open: the circuit breaker of the model; disabled: Google answered 404, not used for an hour',
  }),
});

const DeviceState = Type.Object({
  device: Type.Integer({ description: 'its position in FONNTE_TOKEN, from 1' }),
  fonnte: Type.String({ description: 'ok, open or half-open: the circuit breaker of its requests' }),
  connection: Type.String({ description: 'ok or disconnected' }),
});

const HealthResponse = Type.Object(
  {
    status: Type.Enum(['healthy', 'degraded', 'unavailable']),
    timestamp: Type.String({ description: 'ISO 8601' }),
    activeSessions: Type.Integer(),
    pausedConversations: Type.Integer({ description: 'conversations that a person has taken over' }),
    uptimeSeconds: Type.Integer(),
    version: Type.String(),
    checks: Type.Object({
      store: Check('the store'),
      supabase: Check(
        'Supabase',
        '. open, half-open: its circuit breaker; unauthorized: it rejects the key; schema-cache: it does not know a table ' +
          'or relationship yet. The last two are retried and end with the next successful request',
      ),
      gemini: Check('Gemini'),
      fonnte: Check('FONNTE', '; with several devices, the worst'),
      device: Check('our WhatsApp device', '; with several devices, the worst'),
      inbox: Check('the inbox'),
    }),
    models: Type.Array(ModelState, { description: "Gemini's models in the order of the fallback chain" }),
    devices: Type.Optional(Type.Array(DeviceState, { description: 'only with a list in FONNTE_TOKEN' })),
  },
  { description: 'the state of the service' },
);

/** Health from what the service already knows: calls no upstream and contains no numbers or secrets. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { health, now } = app;
  app.get('/api/health', { schema }, async (_request, reply) => {
    const { status, ...report } = await health.read();
    return reply.code(status === 'unavailable' ? 503 : 200).send({
      status,
      timestamp: new Date(now()).toISOString(),
      uptimeSeconds: Math.floor(process.uptime()),
      version,
      ...report,
    });
  });
};

const schema = {
  operationId: 'getHealth',
  summary: 'Health',
  tags: ['operation'],
  response: { 200: HealthResponse, 503: HealthResponse, ...errorResponses(500) },
};

export default routes;
