import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { matchesShownText, parseBlocks } from '../scripts/document-blocks.ts';
import { ALERT_KINDS, OUTCOMES } from '../src/events.ts';
import { EVENT_LEVELS } from '../src/observability/event-logger.ts';
import { textOf } from './deploy/facts.ts';
import { documentOf, operationsOf } from './routes/openapi.ts';
import { errorCodes } from './support/error-codes.ts';
import { startFakeUpstreams } from './support/fake-upstreams.ts';
import { startService } from './support/service.ts';

// scripts/runbook.ts runs the commands of the operators' documents.

const root = resolve(import.meta.dirname, '..');
const exists = (path: string) => existsSync(join(root, path));
const matchesOf = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, match = '']) => match)),
];
const pagesIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const INDEX = 'docs/runbook/README.md';
const forOperators = [...pagesIn('docs/runbook'), 'docs/sop-support.md', 'docs/upgrade.md'];
const all = ['README.md', 'CONTRIBUTING.md', ...['docs', 'docs/adr', 'docs/runbook'].flatMap(pagesIn)];

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(path: string): Set<string> {
  const prose = textOf(path).replace(/^ *```[\s\S]*?^ *```$/gm, '');
  const headings = matchesOf(prose, /^#{1,6} +(.+)$/gm);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The rows of a document's tables whose first cell contains `name` as code. */
const rowsOf = (path: string, name: string) =>
  textOf(path)
    .split('\n')
    .filter((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``));

t.test('the index of the runbook links every alert of the service to its page', async (t) => {
  for (const kind of ALERT_KINDS) t.match(rowsOf(INDEX, kind)[0], /\]\([a-z-]+\.md(#[a-z0-9-]+)?\) \|$/, kind);
});

t.test('every alert of Prometheus names an existing page and is in the index', async (t) => {
  const { groups } = parse(textOf('deploy/prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
  };
  const rules = groups.flatMap(({ rules }) => rules);
  t.ok(rules.length > 0);
  for (const { alert, annotations } of rules) {
    const [path = '', anchor] = annotations.runbook.split('#');
    if (t.ok(exists(path), `${alert}: ${path}`) && anchor) t.ok(anchorsOf(path).has(anchor), annotations.runbook);
    t.equal(rowsOf(INDEX, alert).length, 1, alert);
  }
});

t.test('the index links every page of the runbook', async (t) => {
  const links = matchesOf(textOf(INDEX), /\]\(([a-z-]+\.md)[)#]/g);
  t.same(
    links.map((name) => `docs/runbook/${name}`).sort(),
    forOperators.filter((path) => /runbook\/[a-z]/.test(path)).sort(),
  );
});

t.test('the runbook explains every event of the log', async (t) => {
  for (const type of Object.keys(EVENT_LEVELS)) t.equal(rowsOf('docs/runbook/logs.md', type).length, 1, type);
});

t.test('commands search the log only for events that exist', async (t) => {
  for (const path of forOperators) {
    // `"event":"store\.` in a grep matches all events of the store, `(sent|failed)` for both.
    for (const pattern of matchesOf(textOf(path), /"event":"([^"' ]+)/g)) {
      const alternatives = /^(.*)\((.*)\)(.*)$/.exec(pattern);
      const [, before = pattern, choices = '', after = ''] = alternatives ?? [];
      for (const choice of choices.split('|')) {
        const name = `${before}${choice}${after}`.replaceAll('\\', '');
        t.ok(
          Object.keys(EVENT_LEVELS).some((type) => (name.endsWith('.') ? type.startsWith(name) : type === name)),
          `${path}: ${name}`,
        );
      }
    }
  }
});

t.test('the SOP explains every outcome of a message', async (t) => {
  for (const outcome of OUTCOMES) t.equal(rowsOf('docs/sop-support.md', outcome).length, 1, outcome);
});

t.test('every link leads to a file and a heading', async (t) => {
  for (const path of all) {
    for (const link of matchesOf(textOf(path), /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!t.ok(exists(target), `${path}: ${link}`) || anchor === undefined) continue;
      t.ok(anchorsOf(target).has(anchor), `${path}: ${link}`);
    }
  }
});

t.test('every file that a document names exists', async (t) => {
  for (const path of all) {
    const files = matchesOf(
      textOf(path),
      /(?<![\w/.-])((?:\.ci|bench|deploy|docs|plugins|routes|sandbox|scripts|src|test)\/[\w./-]*\w\/?)/g,
    );
    for (const file of files) t.ok(exists(file), `${path}: ${file}`);
  }
});

t.test('every variable that an operator reads about is in .env.example', async (t) => {
  const variables = new Set(matchesOf(textOf('.env.example'), /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g));
  const codes: string[] = [...errorCodes.keys(), 'STORE_UNAVAILABLE', ...OUTCOMES];
  // Names of SQLite, make-key.mjs, the SAPA application, the sources, and an example.
  const others = [
    'SQLITE_TMPDIR',
    'SUPABASE_JWT_SECRET',
    'VITE_SUPABASE_ANON_KEY',
    'VITE_GEMINI_MODEL',
    'SCHEMA_VERSION',
    'YOUR_KEY',
  ];
  const texts = ['README.md', ...forOperators].map((path) => ({ path, text: textOf(path) }));
  const whole = texts.map(({ text }) => text).join('\n');
  const shell = matchesOf(whole, /(?:^|[\s;(]|for )([A-Z][A-Z_]+)(?:=| in )/gm).filter(
    (name) => !variables.has(name) && (whole.includes(`$${name}`) || whole.includes(`\${${name}`)),
  );
  for (const { path, text } of texts) {
    for (const name of matchesOf(text, /(?<![\w-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w-])/g)) {
      t.ok(variables.has(name) || [...codes, ...others, ...shell].includes(name), `${path}: ${name}`);
    }
  }
});

t.test('every route that an operator reads about is in the OpenAPI document', async (t) => {
  const operations = operationsOf(await documentOf(await startService(t, await startFakeUpstreams(t))));
  const patterns = operations.map(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
  for (const path of ['README.md', ...forOperators]) {
    const named = matchesOf(textOf(path), /((?<![\w/-])\/(?:api|webhook|docs\/json|console)\b[\w/:$-]*)/g);
    for (const route of [
      ...named,
      ...matchesOf(textOf(path), /(?:\$ALAMAT|localhost:3[01]03|alamat-anda|wa\.contoh\.go\.id)(\/[\w/$:-]+)/g),
    ]) {
      // A placeholder (`<number>`) is cut off; a path pattern may end in `$`.
      const example = route.replace(/\/$/, '/x').replace(/\$$/, '');
      t.ok(
        patterns.some((pattern) => pattern.test(example)),
        `${path}: ${route}`,
      );
    }
  }
});

t.test('every npm script that a document names is in package.json', async (t) => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  for (const path of all) {
    for (const name of matchesOf(textOf(path), /\bnpm run ([\w:-]+)/g)) t.ok(scripts[name], `${path}: npm run ${name}`);
    for (const name of matchesOf(textOf(path), /\bnpm (start|test)\b/g)) t.ok(scripts[name], `${path}: npm ${name}`);
  }
});

t.test("the README's table lists every document with its readers and its subject", async (t) => {
  const [, section = ''] = /^## Documents\n([\s\S]*?)(?=^## )/m.exec(textOf('README.md')) ?? [];
  const rows = section.split('\n').filter((line) => line.startsWith('| ['));
  const named = rows.map((row) => /^\| \[[^\]]+\]\(([^)]+)\) \| [^|]+ \| [^|]+ \|$/.exec(row)?.[1] ?? row);
  const deployed = readdirSync(join(root, 'deploy')).map((name) => `deploy/${name}`);
  const others = ['README.md', 'CONTRIBUTING.md', '.env.example', INDEX, 'docs/adr/README.md', 'docs/api.http'];
  for (const path of [...others, ...pagesIn('docs'), ...deployed, 'bench/results.md']) t.ok(named.includes(path), path);
  for (const path of named) t.ok(exists(path), path);
});

t.test("the operators' documents do not mention CI and say «pesan gagal»", async (t) => {
  for (const path of [...forOperators, 'docs/api.http']) t.notMatch(textOf(path), /\bCI\b|[Ss]urat mati/, path);
});

t.test('the documents contain only invented phone numbers', async (t) => {
  for (const path of forOperators) {
    for (const number of matchesOf(textOf(path), /(?<![\d-])((?:62|0)8\d{8,11})(?!\d)/g))
      t.match(number, /^(62|0)81200000\d{3}$/, path);
  }
});

t.test('blocks are parsed with their marks, without their indent, and with the output that is shown', async (t) => {
  const text =
    '1. Lihat:\n\n   <!-- runner: setup: dead-letters; exit: 1 -->\n   ```bash\n   satu\n     dua\n   ```\n\n   ```text\n   tiga\n   ```\n\n```sql\nx\n```\n';
  const [first, second, third] = parseBlocks(text);
  t.match(first, { language: 'bash', marks: { setup: 'dead-letters', exit: '1' }, text: 'satu\n  dua\n', line: 4 });
  t.equal(first?.output?.text, 'tiga\n');
  t.match(second, { output: null });
  t.match(third, { language: 'sql', marks: {} });
});

t.test('… replaces only variable parts', async (t) => {
  t.ok(matchesShownText('a 12 b\n', 'a … b\n'));
  t.ok(matchesShownText('a\nx\ny\nb\n', 'a\n…\nb\n'));
  t.ok(matchesShownText('a\nb\n', 'a\n…\nb\n'), 'also for no line');
  t.notOk(matchesShownText('a 12 c\n', 'a … b\n'));
  t.notOk(matchesShownText('a\nb\nc\n', 'a\nb\n'), 'one line more');
  t.notOk(matchesShownText('a\n', 'a\nb\n'), 'one line less');
  t.notOk(matchesShownText('a.b\n', 'a+b\n'), 'no pattern syntax');
});
