import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { build } from '../support/app.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { ADMIN_KEY, type Service, startService } from '../support/service.ts';
import { resultOf, rulesOf, startPrometheus } from './prometheus.ts';
import { type Exposition, missingIn, readExposition, selectorsOf } from './promql.ts';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}
interface Scrape {
  job_name: string;
  metrics_path: string;
  authorization: { type: string; credentials_file: string };
  static_configs: { targets: string[] }[];
}

interface Panel {
  id: number;
  type: string;
  title: string;
  targets?: { expr: string; legendFormat: string }[];
}

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'deploy/prometheus');
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
const rules = (parse(textOf('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
const config = parse(textOf('prometheus.yml')) as { rule_files: string[]; scrape_configs: Scrape[] };

const dashboard = JSON.parse(readFileSync(join(root, 'deploy/grafana/sapa-whatsapp.json'), 'utf8')) as {
  panels: Panel[];
  templating: { list: { name: string; definition?: string }[] };
};
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;
const options =
  isThere('promtool') && isThere('prometheus')
    ? {}
    : { skip: 'Prometheus is not installed (Debian: apt-get install prometheus)' };
const promtool = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });

async function expositionOf({ url }: Service): Promise<string> {
  const response = await fetch(`${url}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return response.text();
}

/** @returns the metrics of a service after successes and failures */
async function eventful(t: Test): Promise<Exposition> {
  const upstreams = await startFakeUpstreams(t);
  const { fonnte, gemini, supabase: _ } = upstreams;
  const device = { match: ({ path }: { path: string }) => path === '/device' };
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'token invalid' } }, device);
  const service = await startService(t, upstreams);
  const ask = (sender: string, message: string) => service.call(fonnte.buildPayload({ sender, message }));
  gemini.scriptResponses(() => ({ text: 'Ada 77 kegiatan.' }));
  const payload = fonnte.buildPayload({ sender: LINKED, message: 'Halo' });
  await service.call(payload);
  await service.waitForEvent('turn.finished');
  await service.call(payload);
  await ask(UNLINKED, 'Halo');
  await service.call({}, { secret: 'salah' });
  for (const reason of ['token invalid', 'insufficient quota']) {
    const send = { times: 1, match: ({ path }: { path: string }) => path === '/send' };
    await fonnte.setFault({ kind: 'reject', body: { status: false, reason } }, send);
    await ask(OTHER_LINKED, `Halo, ${reason}`);
    await service.idle();
  }
  await gemini.setFault({ kind: 'status', status: 503 });
  await ask(LINKED, 'Berapa sisa anggaran saya?');
  await service.waitForEvent('answer.rule-based');
  await service.waitForEvent(
    'upstream.called',
    ({ operation, outcome }) => operation === 'device' && outcome === 'rejected',
  );
  const full = await startService(t, upstreams, { MAX_INBOX: 1, COALESCE_WINDOW_MS: 10_000 });
  for (const sender of [LINKED, OTHER_LINKED]) await full.call(fonnte.buildPayload({ sender, message: 'Halo' }));
  return readExposition(`${await expositionOf(service)}\n${await expositionOf(full)}`);
}

t.test('every metric, label and value in a rule exists in the metrics of the service', async (t) => {
  const shown = await eventful(t);
  for (const { alert, expr } of rules) {
    const selectors = selectorsOf(expr);
    t.ok(selectors.length > 0 || /\bup\{job="sapa-whatsapp"\}/.test(expr), alert);
    for (const selector of selectors) t.equal(missingIn(shown, selector), null, `${alert}: ${selector.name}`);
  }
});

t.test('every metric, label and value in the dashboard exists in the metrics of the service', async (t) => {
  const single = await eventful(t);
  // Only a service with several devices has the label `device`.
  const app = await build(t, { FONNTE_TOKEN: '6281100000001:token-satu,6281100000002:token-dua' });
  const response = await app.inject({ url: '/api/metrics', headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  const several = readExposition(response.body);
  const series = [...single.series, ...several.series];
  const shown = { names: new Set([...single.names, ...several.names]), series };
  t.ok(queries.length > 30);
  for (const { title, expr, legendFormat } of queries) {
    const selectors = selectorsOf(expr.replaceAll(/,?instance=~"\$instance",?/g, ''));
    t.ok(selectors.length > 0, title);
    for (const selector of selectors) t.equal(missingIn(shown, selector), null, `${title}: ${selector.name}`);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/));
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    const names = selectors.map(({ name }) => name);
    for (const label of new Set([...grouped, ...named])) {
      // Prometheus adds `instance`.
      const has = label === 'instance' || series.some(({ name, labels }) => names.includes(name) && labels.has(label));
      t.ok(has, `${title}: ${label}`);
    }
    for (const label of named)
      t.ok(grouped.length === 0 || grouped.includes(label), `${title}: ${label} is not summed up`);
  }
  for (const { definition = '' } of dashboard.templating.list)
    for (const selector of selectorsOf(definition)) t.equal(missingIn(shown, selector), null, definition);
});

t.test('the panels of the dashboard have titles and different ids, and promtool accepts their queries', async (t) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  t.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  t.equal(new Set(panels.map(({ title }) => title)).size, panels.length, 'titles');
  if ('skip' in options) return t.comment(options.skip);
  const filled = queries.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'));
  const file = join(scratchFolder(t), 'queries.yml');
  const rules = filled.map((expr, index) => ({ record: `panel:query${index}:value`, expr }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const checked = promtool('check', 'rules', file);
  t.match(checked.stdout, `${queries.length} rules found`, checked.stderr);
});

t.test('the check detects missing metrics, labels and values', async (t) => {
  const shown = readExposition('# TYPE sapa_a counter\nsapa_a{x="b"} 1\n# TYPE sapa_h histogram\nsapa_h_count 1\n');
  const missing = (expression: string) => selectorsOf(expression).map((selector) => missingIn(shown, selector));
  t.same(missing('sum(rate(sapa_a{x="b"}[5m])) / sapa_h_count'), [null, null]);
  t.same(missing('sapa_b or sapa_h'), ['sapa_b', 'sapa_h']);
  t.same(missing('sapa_a{x="c"} + sapa_a{y="b"} + sapa_a{x!~"b|c"} + sapa_a{x=~"."}'), [
    'sapa_a{x="c"}',
    'sapa_a{y="b"}',
    'sapa_a{x="c"}',
    null,
  ]);
});

t.test('each rule has a severity, a summary, a description and a page of the runbook', async (t) => {
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations, ...rule } of rules) {
    t.match(alert, /^Sapa[A-Z]\w+$/);
    t.match(rule.for, /^\d+[smh]$/, alert);
    t.match(labels.severity, /^(critical|warning|info)$/, alert);
    t.match(annotations.summary, /^\S.*[^.]$/, alert);
    t.match(annotations.description, /\S\.$/, alert);
    t.match(annotations.runbook, /^docs\/runbook\/[a-z-]+\.md(#[a-z0-9-]+)?$/, alert);
  }
});

t.test('promtool accepts the rules, and their tests pass', options, async (t) => {
  const checked = promtool('check', 'rules', 'alerts.yml');
  t.match(checked.stdout, `${rules.length} rules found`);
  t.equal(checked.status, 0, checked.stderr);
  const tested = promtool('test', 'rules', 'alerts.test.yml');
  t.equal(tested.status, 0, tested.stdout + tested.stderr);
});

t.test('every rule is firing or pending in its tests', async (t) => {
  const tests = textOf('alerts.test.yml');
  for (const { alert } of rules) t.match(tests, new RegExp(`alertname="${alert}"|alertname: ${alert}\n`), alert);
});

t.test('prometheus scrapes a service as configured, and evaluates every rule', options, async (t) => {
  const service = await startService(t, await startFakeUpstreams(t));
  const scratch = scratchFolder(t);
  const key = join(scratch, 'sapa-whatsapp.key');
  const [scrape] = config.scrape_configs;
  const changes: [string, string][] = [
    [scrape?.authorization.credentials_file ?? '', key],
    [scrape?.static_configs[0]?.targets[0] ?? '', new URL(service.url).host],
    ['scrape_interval: 15s', 'scrape_interval: 1s'],
    ['scrape_timeout: 10s', 'scrape_timeout: 1s'],
    ['evaluation_interval: 15s', 'evaluation_interval: 1s'],
  ];
  let text = textOf('prometheus.yml');
  for (const [from, to] of changes) {
    t.ok(text.includes(from), from);
    text = text.replaceAll(from, to);
  }
  writeFileSync(join(scratch, 'prometheus.yml'), text);
  writeFileSync(join(scratch, 'alerts.yml'), textOf('alerts.yml'));
  t.equal(promtool('check', 'config', join(scratch, 'prometheus.yml')).status, 1, 'without its key it is refused');
  // With a trailing line break, as editors write it.
  writeFileSync(key, `${ADMIN_KEY}\n`);
  const checked = promtool('check', 'config', join(scratch, 'prometheus.yml'));
  t.equal(checked.status, 0, checked.stdout + checked.stderr);

  const ask = await startPrometheus(t, scratch);
  const up = await ask(
    `query?query=${encodeURIComponent('up{job="sapa-whatsapp"} == 1')}`,
    (data) => resultOf(data).length === 1,
  );
  t.match(resultOf(up), [{ metric: { instance: new URL(service.url).host } }]);
  const quota = await ask('query?query=sapa_fonnte_quota', (data) => resultOf(data).length === 1);
  t.equal(resultOf(quota).length, 1, 'a gauge that may hold no number is understood');
  const judged = await ask('rules', (data) => rulesOf(data).every(({ health }) => health !== 'unknown'));
  t.same(
    rulesOf(judged)
      .map(({ name }) => name)
      .sort(),
    rules.map(({ alert }) => alert).sort(),
  );
  for (const { name, health, state } of rulesOf(judged)) {
    t.equal(health, 'ok', name);
    t.not(state, 'firing', name);
  }
});
