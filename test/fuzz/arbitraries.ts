import fc from 'fast-check';
import { LINKED, OTHER_LINKED, UNLINKED } from '../support/fake-upstreams.ts';

/** Texts that break parsers, queries, logs and templates in other programs. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u200b\u202e\u{e0041}',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e999',
  '../../../etc/passwd',
  '%00',
  '%',
  "' OR 1=1 --",
  '*,user_id.eq.1',
  '{{7*7}}',
  '\u0024{jndi:ldap://x}',
  '<script>alert(1)</script>',
  'a'.repeat(1_001),
  '\u{1f468}\u200d'.repeat(600),
  '<<pesan 0>>',
  '/reset',
  '6281200000001@g.us',
  '120363000000000000@lid',
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

/** Linked and unlinked numbers, and malformed numbers. */
export const phoneText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(LINKED, OTHER_LINKED, UNLINKED, '6281200000003') },
  fc.constantFrom('0812-0000-0001', '+62 812 0000 0001', '812.0000.0001', '(0812) 0000 0001', '62', '0', '+', '--'),
  hostileText,
);

const anyValue = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(true, false, null, [], {}, [[]], [null], { toString: 1 }, { length: -1 }),
);

const FIELDS = [
  ...['device', 'sender', 'pengirim', 'message', 'pesan', 'text', 'name', 'member', 'location', 'url', 'type'],
  ...['extension', 'filename', 'pollname', 'choices', 'inboxid', 'isgroup', 'isforwarded', 'timestamp', 'secret'],
  ...['status', 'state', 'stateid', 'id', 'submission', 'reason', '__proto__', 'constructor', 'toString', 'length'],
];

/** Payloads similar to FONNTE's: most have a number and a text; any field may have any value. */
export const payload: fc.Arbitrary<[name: string, value: unknown][]> = fc
  .tuple(
    fc.option(phoneText, { freq: 5 }),
    fc.option(hostileText, { freq: 5 }),
    fc.array(fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...FIELDS) }, hostileText), anyValue), {
      maxLength: 6,
    }),
  )
  .map(([sender, message, others]) => [
    ...(sender === null ? [] : [['sender', sender] as [string, unknown]]),
    ...(message === null ? [] : [['message', message] as [string, unknown]]),
    ...others,
  ]);

/** The same as JSON text, with repeated names and with `__proto__` as a name. */
export const jsonPayload = payload.map(
  (fields) =>
    `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`,
);

const formName = fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom('', '', '', '[]', '[0]', '[x]', '[__proto__]'));

/** The same as form fields, with lists and invalid escapes. */
export const formPayload = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(
          formName.map((name) => name.join('')),
          fc.oneof(phoneText, hostileText),
        ),
      },
      fc.tuple(hostileText, hostileText),
    ),
    { maxLength: 8 },
  )
  .chain((fields) => {
    const encoded = fields.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
    return fc.constantFrom(encoded, encoded.replaceAll('%', '%%'), encoded.slice(0, -1), `&&=&${encoded}&`);
  });

/** Bodies that are no payloads. */
export const rawBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .tuple(jsonPayload, fc.nat(), fc.uint8Array({ maxLength: 3 }))
    .map(([text, at, bytes]) => spliced(Buffer.from(text), at, bytes)),
  fc.constantFrom(
    Buffer.from('['.repeat(20_000)),
    Buffer.from(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
    Buffer.from(`{"sender":"${'9'.repeat(100_000)}","message":"x"}`),
    Buffer.from(`{"sender":"${LINKED}","message":${'9'.repeat(4_000)}}`),
    Buffer.from(`\ufeff{"sender":"${LINKED}","message":"x"}`),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    Buffer.alloc(256 * 1024 + 1, 0x20),
    Buffer.from('a&'.repeat(60_000)),
    Buffer.alloc(0),
  ),
);

export const contentType = fc.oneof(
  { weight: 5, arbitrary: fc.constant('application/json') },
  { weight: 3, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  fc.constantFrom(
    ...['application/json; charset=utf-16', 'APPLICATION/JSON', 'application/json;', 'text/plain', 'application/xml'],
    ...['multipart/form-data; boundary=x', 'application/ld+json', '*/*', 'x', '/', ';', 'application/__proto__'],
  ),
);

/** Any valid value of an HTTP header. */
export const headerValue = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 80 }),
  fc.stringMatching(/^(sha256=)?[0-9a-f]{0,70}$/),
  fc.constantFrom('', ' ', 'sha256=', 'Bearer', 'Bearer ', `Bearer ${'x'.repeat(4_000)}`, 'Basic eDp4', '__proto__'),
);

function spliced(body: Buffer, at: number, bytes: Uint8Array): Buffer {
  const place = at % (body.length + 1);
  return Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + (at % 3))]);
}

/** Encodes a part of a URL or form; lone surrogates have no encoding. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
