import Fastify from 'fastify';
import { createBareCalls } from './calls.ts';

// The lower bound: a Fastify route that parses the JSON, responds 200 and makes the requests named in BARE_CALLS over undici
// in the background. Nothing is checked, logged, limited or stored.

const calls = createBareCalls(process.env);
const app = Fastify({ logger: false });

app.post('/webhook/whatsapp', async (request) => {
  const { sender, message } = request.body as { sender: string; message: string };
  void calls?.(sender, message);
  return { success: true, status: 'accepted' };
});
app.get('/api/health', async () => ({ status: 'healthy' }));

await app.listen({ port: Number(process.env.WHATSAPP_SERVER_PORT), host: '127.0.0.1' });
