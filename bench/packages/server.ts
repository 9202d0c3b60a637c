import { DatabaseSync } from 'node:sqlite';
import cors from '@fastify/cors';
import env from '@fastify/env';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import sensible from '@fastify/sensible';
import swagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { GoogleGenAI } from '@google/genai/web';
import { createClient } from '@supabase/supabase-js';
import closeWithGrace from 'close-with-grace';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Fastify from 'fastify';
import { marked } from 'marked';
import { collectDefaultMetrics } from 'prom-client';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert } from 'typebox/value';
import { Agent } from 'undici';

// The packages that the service loads at its start, each used once, and no code of the service: the part of its start and of
// its memory that only other packages could lower.

const schema = Type.Object({
  WHATSAPP_SERVER_PORT: Type.Integer(),
  SUPABASE_URL: Type.String(),
  SUPABASE_SERVICE_ROLE_KEY: Type.String(),
  GEMINI_API_KEY: Type.String(),
});

const app = Fastify({ logger: true })
  .withTypeProvider<TypeBoxTypeProvider>()
  .setValidatorCompiler(TypeBoxValidatorCompiler);
await app.register(env, { schema, data: process.env });
const config = app.getEnvs<Type.Static<typeof schema>>();
await app.register(sensible);
await app.register(cors);
await app.register(helmet);
await app.register(rateLimit);
await app.register(swagger);
collectDefaultMetrics();
app.decorate('upstreams', {
  supabase: createClient(config.SUPABASE_URL, config.SUPABASE_SERVICE_ROLE_KEY),
  gemini: new GoogleGenAI({ apiKey: config.GEMINI_API_KEY }),
  http: new Agent({ allowH2: false }),
  breaker: circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) }),
  store: new DatabaseSync(':memory:'),
});
const isHealth = Compile(Type.Object({ status: Type.String() }));
const health = Convert(Type.Object({ status: Type.String() }), { status: marked.parseInline('ok') });
app.get('/api/health', { schema: { response: { 200: Type.Object({ status: Type.String() }) } } }, async () =>
  isHealth.Parse(health),
);
closeWithGrace({ delay: 1_000, logger: false }, () => app.close());
await app.listen({ port: config.WHATSAPP_SERVER_PORT });
