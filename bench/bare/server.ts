import Fastify from 'fastify';
import { createBareCalls } from './calls.ts';

// What the webhook and its upstream calls cost at the least: a Fastify route that parses the JSON and answers 200, and, in
// the background, the calls named in BARE_CALLS over undici. Nothing is stored, checked, logged or limited.

const calls = createBareCalls(process.env);
const app = Fastify({ logger: false });

app.post('/webhook/whatsapp', async (request) => {
  const { sender, message } = request.body as { sender: string; message: string };
  if (calls) void calls(sender, message);
  return { success: true, status: 'accepted' };
});
app.get('/api/health', async () => ({ status: 'healthy' }));

await app.listen({ port: Number(process.env.WHATSAPP_SERVER_PORT), host: '127.0.0.1' });
