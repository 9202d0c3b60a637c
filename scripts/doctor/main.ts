import { parseArgs } from 'node:util';
import { ConfigError, inspectConfig, readVariables } from '../../src/config/load.ts';
import { createEvents } from '../../src/events.ts';
import { normalizePhone } from '../../src/phone.ts';
import { createHttpClient } from '../../src/upstream/http-client.ts';
import { version } from '../../src/version.ts';
import { formatCounts, formatTable } from '../terminal-table.ts';
import { selectChecks } from './checks.ts';
import { createRedactor } from './redact.ts';
import { type Row, runChecks } from './run-checks.ts';

// Checks an installation and prints what is right, what is wrong and how to fix it. Exit codes: 0, 1 if something is wrong,
// 2 for a wrong command line.

const USAGE = 'Pemakaian: npm run doctor -- [--json] [--send NOMOR]';
/** Connections to one host: every check of Supabase has a request at the same time. */
const CONNECTIONS = 32;
/** Maximum size of a response where no check sets a smaller one, bytes. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

interface Options {
  json: boolean;
  sendTo: string | null;
}

const options = parseOptions();
if (options === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const startedAt = performance.now();
const rows = await diagnose(options);
const seconds = (performance.now() - startedAt) / 1000;
const hasErrors = rows.some(({ status }) => status === 'error');
const output = options.json ? formatJson(rows) : formatReport(rows, seconds);
// Exits as soon as the output is written: a check whose time is over may still wait for a disk.
process.stdout.write(output, () => process.exit(hasErrors ? 1 : 0));

/** @returns null when the command line is wrong */
function parseOptions(): Options | null {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean' }, send: { type: 'string' } } });
    const sendTo = values.send === undefined ? null : normalizePhone(values.send);
    if (values.send !== undefined && sendTo === null) return null;
    return { json: values.json ?? false, sendTo };
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function diagnose({ sendTo }: Options): Promise<Row[]> {
  let given: Record<string, string>;
  try {
    given = readVariables();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const text = error.problems.join(' ');
    return [{ id: 'variables', group: 'Konfigurasi', status: 'error', title: 'Variabel', text, fix: null }];
  }
  const { config, problems } = inspectConfig(given);
  const http = createHttpClient({ connections: CONNECTIONS, maxResponseBytes: MAX_RESPONSE_BYTES });
  const redact = createRedactor(given);
  try {
    const events = createEvents();
    const found = await runChecks(selectChecks(sendTo), { config, problems, given, http, events, now: Date.now });
    return found.map((row) => ({
      ...row,
      title: redact(row.title),
      text: redact(row.text),
      fix: row.fix && redact(row.fix),
    }));
  } finally {
    await http.close();
  }
}

function formatJson(rows: readonly Row[]): string {
  const report = { ok: !hasErrors, version, at: new Date().toISOString(), checks: rows };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function formatReport(rows: readonly Row[], seconds: number): string {
  const took = seconds.toLocaleString('id-ID', { maximumFractionDigits: 1 });
  const end = hasErrors
    ? 'Ada yang salah. Perbaiki baris bertanda ✗, lalu ulangi: npm run doctor'
    : 'Tidak ada yang salah.';
  return `${formatTable(rows, process.stdout)}\n${formatCounts(rows, process.stdout)} (${took} detik).\n${end}\n`;
}
