import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { SECRET } from '../support/service.ts';
import { contentType, encode, formPayload, headerValue, hostileText, jsonPayload, rawBody } from './arbitraries.ts';
import { fuzzOptions } from './cases.ts';
import { startTarget } from './target.ts';

/** Concurrent requests: the store commits those of one tick together. */
const BATCH = 16;
const batchOf = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: BATCH, maxLength: BATCH });

const target = await startTarget(t);
const webhook = `/webhook/whatsapp?secret=${SECRET}`;
const post = (url: string, payload: string | Buffer, headers: Record<string, string>) =>
  target.call({ method: 'POST', url, payload, headers });

t.test('any JSON payload gets a valid response', async (t) => {
  const cases = fc.asyncProperty(batchOf(jsonPayload), async (bodies) => {
    await Promise.all(bodies.map((body) => post(webhook, body, { 'content-type': 'application/json' })));
  });
  await fc.assert(cases, fuzzOptions('webhook bodies, JSON', BATCH));
  await target.finish(t, 'webhook bodies, JSON');
});

t.test('any form payload gets a valid response', async (t) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const cases = fc.asyncProperty(batchOf(formPayload), async (bodies) => {
    await Promise.all(bodies.map((body) => post(webhook, body, headers)));
  });
  await fc.assert(cases, fuzzOptions('webhook bodies, form', BATCH));
  await target.finish(t, 'webhook bodies, form');
});

t.test('any bytes with any content type get a valid response', async (t) => {
  const call = fc.record({ type: fc.option(contentType, { freq: 9 }), body: rawBody });
  const cases = fc.asyncProperty(batchOf(call), async (calls) => {
    await Promise.all(
      calls.map(({ type, body }) => post(webhook, body, type === null ? {} : { 'content-type': type })),
    );
  });
  await fc.assert(cases, fuzzOptions('webhook bodies, bytes', BATCH));
  await target.finish(t, 'webhook bodies, bytes');
});

t.test('only the configured secret or signature is accepted, for any body', async (t) => {
  const address = fc.nat({ max: 999 }).map((number) => `198.51.${number % 100}.${number % 250}`);
  const call = fc.record({
    body: jsonPayload.filter((text) => !text.includes(SECRET)),
    query: fc.option(fc.array(hostileText, { maxLength: 3 })),
    header: fc.option(headerValue),
    signature: fc.option(headerValue),
    address: fc.oneof(address, headerValue),
  });
  const cases = fc.asyncProperty(batchOf(call), async (calls) => {
    await Promise.all(
      calls.map(async ({ body, query, header, signature, address }, index) => {
        const url = `/webhook/whatsapp?${(query ?? []).map((secret) => `secret=${encode(secret)}`).join('&')}`;
        const headers: Record<string, string> = { 'content-type': 'application/json', 'x-forwarded-for': address };
        if (header !== null) headers['x-webhook-secret'] = header;
        if (signature !== null) headers['x-fonnte-signature'] = signature;
        const genuine = index % 4 === 0;
        if (genuine) headers['x-fonnte-signature'] = createHmac('sha256', SECRET).update(body).digest('hex');
        const { status, body: answer } = await post(url, body, headers);
        const refused = answer.code === 'UNAUTHORIZED' || answer.code === 'TOO_MANY_FAILED_CALLS';
        if (refused === genuine) throw new Error(`${genuine ? 'genuine' : 'not genuine'}: ${status} ${answer.code}`);
      }),
    );
  });
  await fc.assert(cases, fuzzOptions('secrets and signatures', BATCH));
  await target.finish(t, 'secrets and signatures');
});
