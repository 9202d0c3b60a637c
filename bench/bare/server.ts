import Fastify from 'fastify';
import { createBareCalls } from './calls.ts';
import { createSteps } from './steps.ts';

// What the webhook and its upstream calls cost at the least: a Fastify route that parses the JSON and answers 200, and, in
// the background, the calls named in BARE_CALLS over undici. Nothing is checked, logged or limited, and nothing is stored
// but with BARE_STORED=true, where each message and turn is, under DATA_DIR.

const calls = createBareCalls(process.env);
const steps = process.env.BARE_STORED === 'true' ? createSteps(process.env.DATA_DIR ?? '') : null;
const app = Fastify({ logger: false });

app.post('/webhook/whatsapp', async (request) => {
  const { sender, message, inboxid } = request.body as { sender: string; message: string; inboxid: number };
  await steps?.accept(sender, message, inboxid);
  void turn(sender, message);
  return { success: true, status: 'accepted' };
});
app.get('/api/health', async () => ({ status: 'healthy' }));

await app.listen({ port: Number(process.env.WHATSAPP_SERVER_PORT), host: '127.0.0.1' });

async function turn(sender: string, message: string): Promise<void> {
  if (!calls) return;
  if (!steps) return calls(sender, message);
  const { keep, end } = await steps.start(sender);
  await calls(sender, message, keep);
  await end();
}
