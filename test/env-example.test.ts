import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import t from 'tap';
import type { TSchema } from 'typebox';
import { ConfigError, parseConfig } from '../src/config/load.ts';
import { configSchema } from '../src/config/schema.ts';

const text = readFileSync(join(import.meta.dirname, '..', '.env.example'), 'utf8');
const example: Record<string, string | undefined> = parseEnv(text);
const schemas = Object.entries(configSchema.properties as Record<string, TSchema & { default?: unknown }>);
const isPlaceholder = (value: string | undefined) => /^your_.*_here$/.test(value ?? '');
const required = Object.keys(example).filter((name) => isPlaceholder(example[name]));

t.test('.env.example holds the variables of src/config/schema.ts, each once and no others', async (t) => {
  const lines = text.matchAll(/^([A-Z_]+)=/gm);
  t.same([...lines].map(([, name]) => name).sort(), schemas.map(([name]) => name).sort());
});

t.test('values are the defaults; variables without default are empty or have a placeholder', async (t) => {
  for (const [name, schema] of schemas) {
    if (schema.default !== undefined) t.equal(example[name], String(schema.default), name);
    else t.ok(example[name] === '' || isPlaceholder(example[name]), name);
  }
});

t.test('the unchanged file is rejected with one message that names exactly the variables to fill in', async (t) => {
  const refusal = await Promise.try(() => parseConfig(example)).catch((error: unknown) => error);
  if (!(refusal instanceof ConfigError)) return t.fail('it was not refused');
  const named = new Set(refusal.problems.map((problem) => problem.split(' ')[0]));
  t.same([...named].sort(), required.sort());
  t.ok(required.includes('WEBHOOK_SECRET_KEY'), 'the secret too');
});

t.test('with the dummies filled in, it is a configuration equal to the bare minimum', async (t) => {
  const filled = Object.fromEntries(required.map((name) => [name, `https://${name.toLowerCase()}.sample.invalid`]));
  t.same(parseConfig({ ...example, ...filled }), parseConfig(filled));
});

t.test('every variable is explained in the line above it', async (t) => {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^[A-Z_]+=/.test(line)) t.match(lines[index - 1], /^# \S.+/, line.split('=')[0] ?? '');
  }
});
