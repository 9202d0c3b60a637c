import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { matchesShownText, parseBlocks } from '../scripts/document-blocks.ts';
import { ALERT_KINDS, OUTCOMES } from '../src/events.ts';
import { EVENT_LEVELS } from '../src/observability/event-logger.ts';
import { startService, startWorld } from './helper.ts';
import { documentOf, operationsOf } from './routes/openapi.ts';
import { errorCodes } from './support/error-codes.ts';

// scripts/runbook.ts runs the commands of the operators' documents.

const root = resolve(import.meta.dirname, '..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const foundIn = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, found = '']) => found)),
];
const documents = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const forOperators = ['docs/runbook.md', 'docs/sop-support.md', 'docs/upgrade.md'];
const all = ['README.md', ...documents];

/** The anchors that GitHub gives a document's headings. */
function anchorsOf(path: string): Set<string> {
  const prose = textOf(path).replace(/^ *```[\s\S]*?^ *```$/gm, '');
  const headings = foundIn(prose, /^#{1,6} +(.+)$/gm);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What a path in a document may name: the places where it stands. */
const isThere = (path: string) => existsSync(join(root, path));

t.test('every alert that operators are told of has a section in the runbook, under its own name', async (t) => {
  const anchors = anchorsOf('docs/runbook.md');
  for (const kind of ALERT_KINDS) t.ok(anchors.has(kind), kind);
});

t.test('every alert of Prometheus points to a section that is there', async (t) => {
  const { groups } = parse(textOf('deploy/prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
  };
  const rules = groups.flatMap(({ rules }) => rules);
  t.ok(rules.length > 0);
  for (const { alert, annotations } of rules) {
    const [path = '', anchor = ''] = annotations.runbook.split('#');
    t.equal(path, 'docs/runbook.md', alert);
    t.ok(anchorsOf(path).has(anchor), annotations.runbook);
  }
});

t.test('the runbook explains every event that the log can hold', async (t) => {
  const runbook = textOf('docs/runbook.md');
  for (const type of Object.keys(EVENT_LEVELS)) {
    t.ok(runbook.includes(`\`${type}\``), type);
  }
});

t.test('support finds each thing that can become of a message', async (t) => {
  const table = textOf('docs/sop-support.md');
  for (const outcome of OUTCOMES) {
    t.match(table, new RegExp(`^\\| \`${outcome}\` \\|`, 'm'), outcome);
  }
});

t.test('every link leads somewhere', async (t) => {
  for (const path of all) {
    for (const link of foundIn(textOf(path), /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!t.ok(isThere(target), `${path}: ${link}`) || anchor === undefined) continue;
      t.ok(anchorsOf(target).has(anchor), `${path}: ${link}`);
    }
  }
});

t.test('every file that operators are told of is there', async (t) => {
  for (const path of ['README.md', ...forOperators]) {
    const files = foundIn(
      textOf(path),
      /(?<![\w/.-])((?:\.ci|bench|deploy|docs|plugins|routes|sandbox|scripts|src|test)\/[\w./-]*\w\/?)/g,
    );
    for (const file of files) t.ok(isThere(file), `${path}: ${file}`);
  }
});

t.test('every variable that operators are told of is in .env.example', async (t) => {
  const variables = new Set(foundIn(textOf('.env.example'), /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g));
  const codes: string[] = [...errorCodes.keys(), 'STORE_UNAVAILABLE', ...OUTCOMES];
  // Of SQLite, of make-key.mjs, of the SAPA application alone, of the sources, and an example's.
  const others = [
    'SQLITE_TMPDIR',
    'SUPABASE_JWT_SECRET',
    'VITE_SUPABASE_ANON_KEY',
    'VITE_GEMINI_MODEL',
    'SCHEMA_VERSION',
    'YOUR_KEY',
  ];
  for (const path of ['README.md', ...forOperators]) {
    const text = textOf(path);
    const own = foundIn(text, /(?:^|[\s;(]|for )([A-Z][A-Z_]+)(?:=| in )/gm).filter((name) => !variables.has(name));
    const shell = own.filter((name) => text.includes(`$${name}`) || text.includes(`\${${name}`));
    for (const name of foundIn(text, /(?<![\w-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w-])/g)) {
      t.ok(variables.has(name) || [...codes, ...others, ...shell].includes(name), `${path}: ${name}`);
    }
  }
});

t.test('every route that operators are told of is there', async (t) => {
  const operations = operationsOf(await documentOf(await startService(t, await startWorld(t))));
  const patterns = operations.map(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
  for (const path of ['README.md', ...forOperators]) {
    const named = foundIn(textOf(path), /((?<![\w/-])\/(?:api|webhook|docs\/json|console)\b[\w/:$-]*)/g);
    for (const route of [
      ...named,
      ...foundIn(textOf(path), /(?:\$ALAMAT|localhost:3[01]03|alamat-anda|wa\.contoh\.go\.id)(\/[\w/$:-]+)/g),
    ]) {
      // What a person fills in (`<number>`) is cut off, and a pattern of a path may end in `$`.
      const example = route.replace(/\/$/, '/x').replace(/\$$/, '');
      t.ok(
        patterns.some((pattern) => pattern.test(example)),
        `${path}: ${route}`,
      );
    }
  }
});

t.test('every npm script that is named is in package.json', async (t) => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  for (const path of all) {
    for (const name of foundIn(textOf(path), /\bnpm run ([\w:-]+)/g)) t.ok(scripts[name], `${path}: npm run ${name}`);
    for (const name of foundIn(textOf(path), /\bnpm (start|test)\b/g)) t.ok(scripts[name], `${path}: npm ${name}`);
  }
});

t.test("README's table names every document, for whom and what for", async (t) => {
  const [, section = ''] = /^## Documents\n([\s\S]*?)(?=^## )/m.exec(textOf('README.md')) ?? [];
  const rows = section.split('\n').filter((line) => line.startsWith('| ['));
  const named = rows.map((row) => /^\| \[[^\]]+\]\(([^)]+)\) \| [^|]+ \| [^|]+ \|$/.exec(row)?.[1] ?? row);
  const deployed = readdirSync(join(root, 'deploy')).map((name) => `deploy/${name}`);
  for (const path of ['README.md', '.env.example', ...documents, 'docs/api.http', ...deployed, 'bench/results.md']) {
    t.ok(named.includes(path), path);
  }
  for (const path of named) t.ok(isThere(path), path);
});

t.test("the operators' documents do not mention CI", async (t) => {
  for (const path of forOperators) t.notMatch(textOf(path), /\bCI\b/, path);
});

t.test('only invented numbers stand in the documents', async (t) => {
  for (const path of forOperators) {
    for (const number of foundIn(textOf(path), /(?<![\d-])((?:62|0)8\d{8,11})(?!\d)/g))
      t.match(number, /^(62|0)81200000\d{3}$/, path);
  }
});

t.test('blocks are parsed with their marks, without their indent, and with the output that is shown', async (t) => {
  const text =
    '1. Lihat:\n\n   <!-- runner: scene: dead-letters; exit: 1 -->\n   ```bash\n   satu\n     dua\n   ```\n\n   ```text\n   tiga\n   ```\n\n```sql\nx\n```\n';
  const [first, second, third] = parseBlocks(text);
  t.match(first, { language: 'bash', marks: { scene: 'dead-letters', exit: '1' }, text: 'satu\n  dua\n', line: 4 });
  t.equal(first?.output?.text, 'tiga\n');
  t.match(second, { output: null });
  t.match(third, { language: 'sql', marks: {} });
});

t.test('… stands for what varies, and for nothing else', async (t) => {
  t.ok(matchesShownText('a 12 b\n', 'a … b\n'));
  t.ok(matchesShownText('a\nx\ny\nb\n', 'a\n…\nb\n'));
  t.ok(matchesShownText('a\nb\n', 'a\n…\nb\n'), 'also for no line');
  t.notOk(matchesShownText('a 12 c\n', 'a … b\n'));
  t.notOk(matchesShownText('a\nb\nc\n', 'a\nb\n'), 'one line more');
  t.notOk(matchesShownText('a\n', 'a\nb\n'), 'one line less');
  t.notOk(matchesShownText('a.b\n', 'a+b\n'), 'no pattern syntax');
});
