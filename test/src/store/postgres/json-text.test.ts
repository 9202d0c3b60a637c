import fc from 'fast-check';
import t from 'tap';
import { decodeJson, encodeJson } from '../../../../src/store/postgres/json-text.ts';

t.test('every text survives, and PostgreSQL gets no NUL', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('\0', '\u{E000}', '0', '1', '\\', '"', 'u0000', '🙂', 'a') });
  fc.assert(
    fc.property(
      fc.record({ text, list: fc.array(text), inner: text.map((value) => JSON.stringify([value])) }),
      (value) => {
        const encoded = encodeJson(value);
        if (/(?<!\\)(?:\\\\)*\\u0000/.test(encoded) || encoded.includes('\0'))
          throw new Error(`contains NUL: ${encoded}`);
        t.same(decodeJson(encoded), value);
      },
    ),
  );
});

t.test('half of a surrogate pair becomes the replacement character, as in UTF-8', async (t) => {
  t.same(decodeJson(encodeJson(['\ud800'])), ['\ufffd']);
});
