import fc from 'fast-check';
import t from 'tap';
import { ADMIN_KEY } from '../support/service.ts';
import { contentType, encode, headerValue, hostileText, jsonPayload, phoneText, rawBody } from './arbitraries.ts';
import { fuzzOptions } from './cases.ts';
import { startTarget } from './target.ts';

const target = await startTarget(t);
const admin = { authorization: `Bearer ${ADMIN_KEY}` };

/** A path segment: encoded, double-encoded, or raw if HTTP allows it. */
const segment = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    text.map(encode),
    text.map((value) => encode(encode(value))),
    fc.stringMatching(/^[!-"$->@-~]{1,40}$/),
    fc.constantFrom('%', '%00', '%ff', '%2e%2e%2f', '..', '.', '%E0%A4', 'x'.repeat(3_000)),
  );
const value = fc.oneof(hostileText, fc.integer().map(String), fc.double().map(String), fc.bigInt().map(String));
const query = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom('limit', 'cursor') }, fc.constantFrom('limit[]', '__proto__')),
      value,
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, given]) => `${name}=${encode(given)}`).join('&'));

const address = fc.oneof(
  fc.record({ method: fc.constant('GET' as const), path: fc.constantFrom('/api/dead-letters', '/api/conversations') }),
  fc.record({
    method: fc.constantFrom('GET' as const, 'DELETE' as const, 'POST' as const),
    path: fc.oneof(
      segment(phoneText).map((phone) => `/api/conversations/${phone}`),
      segment(hostileText).map((id) => `/api/dead-letters/${id}`),
      segment(hostileText).map((id) => `/api/dead-letters/${id}/replay`),
      segment(hostileText).map((rest) => `/api/${rest}`),
      segment(hostileText).map((rest) => `/docs/${rest}`),
    ),
  }),
);

t.test('any admin URL gets a valid response, and without the key no data', async (t) => {
  const cases = fc.asyncProperty(address, query, fc.option(headerValue), async ({ method, path }, search, key) => {
    const url = `${path}?${search}`;
    const forged = { authorization: key ?? '', 'x-forwarded-for': `198.51.100.${Math.floor(Math.random() * 250)}` };
    const known = await target.call({ method, url, headers: admin });
    const unknown = await target.call({ method, url, headers: forged });
    if (unknown.status < 400) throw new Error(`open: ${method} ${url}`);
    if (known.status === 401) throw new Error(`closed: ${method} ${url}`);
  });
  await fc.assert(cases, fuzzOptions('admin addresses', 2));
  await target.finish(t, 'admin addresses');
});

t.test('any body and idempotency key of a manual send gets a valid response', async (t) => {
  const known = fc.record({ target: phoneText, message: hostileText }).map((body) => JSON.stringify(body));
  const body = fc.oneof({ weight: 3, arbitrary: known }, jsonPayload, rawBody);
  const type = fc.oneof({ weight: 4, arbitrary: fc.constant('application/json') }, contentType);
  const cases = fc.asyncProperty(body, type, fc.option(headerValue), async (payload, contentType, key) => {
    const headers = { ...admin, 'content-type': contentType, ...(key === null ? {} : { 'idempotency-key': key }) };
    await target.call({ method: 'POST', url: '/api/whatsapp/send', headers, payload });
  });
  await fc.assert(cases, fuzzOptions('admin sends'));
  await target.finish(t, 'admin sends');
});
