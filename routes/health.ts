import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { ageMs } from '../src/age.ts';
import { StoreUnavailable } from '../src/errors.ts';
import type { BreakerState, ModelStatus } from '../src/events.ts';
import { version } from '../src/version.ts';
import { errorResponses } from './schemas.ts';

/** A pending message older than this means that answers are not keeping up, ms. */
const OLDEST_PENDING_MS = 5 * 60 * 1000;

const Check = (description: string, words = '') =>
  Type.String({ description: `ok, or one word that names the problem of ${description}${words}` });

const ModelState = Type.Object({
  model: Type.String(),
  status: Type.Enum(['ok', 'open', 'half-open', 'disabled'], {
    description:
      'open, half-open: the circuit breaker of the model; disabled: Google answered 404, not used for an hour',
  }),
});

const HealthAnswer = Type.Object(
  {
    status: Type.Enum(['healthy', 'degraded', 'unavailable']),
    timestamp: Type.String({ description: 'ISO 8601' }),
    activeSessions: Type.Integer(),
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
      fonnte: Check('FONNTE'),
      device: Check('our WhatsApp device'),
      inbox: Check('the inbox'),
    }),
    models: Type.Array(ModelState, { description: "Gemini's models in the order of the fallback chain" }),
  },
  { description: 'the state of the service' },
);

/** Health from what the service already knows: calls no upstream and contains no numbers or secrets. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { store, session, supabase, gemini, fonnte, now } = app;
  const breaker = (upstream: { state(): string }) => (upstream.state() === 'closed' ? 'ok' : upstream.state());

  /** Counts from the store; null and 0 while it cannot be read, which `checks.store` shows. */
  async function counts(): Promise<{ oldestAt: number | null; activeSessions: number }> {
    try {
      const [{ oldestAt }, activeSessions] = await Promise.all([store.inbox.status(), session.countActive()]);
      return { oldestAt, activeSessions };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { oldestAt: null, activeSessions: 0 };
    }
  }

  app.get('/api/health', { schema }, async (_request, reply) => {
    const { oldestAt, activeSessions } = await counts();
    const storeStatus = app.isClosing ? 'stopping' : store.status();
    const models = gemini.breaker.statuses();
    const checks = {
      store: storeStatus,
      supabase: supabase.status(),
      gemini: checkGemini(gemini.breaker.state(), models),
      fonnte: breaker(fonnte.breaker),
      device: fonnte.device() === 'disconnect' ? 'disconnected' : 'ok',
      inbox: oldestAt !== null && ageMs(oldestAt, now()) > OLDEST_PENDING_MS ? 'late' : 'ok',
    };
    const unavailable = storeStatus !== 'ok';
    const healthy = Object.values(checks).every((check) => check === 'ok');
    const status = unavailable ? ('unavailable' as const) : healthy ? ('healthy' as const) : ('degraded' as const);
    return reply.code(unavailable ? 503 : 200).send({
      status,
      timestamp: new Date(now()).toISOString(),
      activeSessions,
      uptimeSeconds: Math.floor(process.uptime()),
      version,
      checks,
      models,
    });
  });
};

/** `open` and `half-open`: no model can be used. `model-…`: one of them cannot, and the others answer. */
function checkGemini(state: BreakerState, models: readonly { status: ModelStatus }[]): string {
  if (state !== 'closed') return state;
  if (models.some(({ status }) => status === 'disabled')) return 'model-disabled';
  return models.some(({ status }) => status !== 'ok') ? 'model-open' : 'ok';
}

const schema = {
  operationId: 'getHealth',
  summary: 'Health',
  tags: ['operation'],
  response: { 200: HealthAnswer, 503: HealthAnswer, ...errorResponses(500) },
};

export default routes;
