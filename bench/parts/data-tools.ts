import { reportIn } from '../../src/sapa/report-worker.ts';
import { createSapaTools, type SapaTools } from '../../src/sapa/tools.ts';
import type { Bench } from '../part.ts';
import { compared, type Row } from '../results.ts';
import { type Timed, timed } from '../timed.ts';
import { reportReader, USER } from './data-reader.ts';

const TIMES = 40;
const PARSES = 10;

/** Each budget tool as a turn might call it, the dearest arguments among them. */
const CALLS: [name: string, args: object][] = [
  ['budget_summary', {}],
  ['search_budget', { sort: 'sisa', order: 'desc' }],
  ['search_budget', { code: '521211' }],
  ['search_budget', { keyword: 'konsumsi', sort: 'serapan', order: 'asc' }],
  ['search_budget', { min_serapan: 10, max_serapan: 50, sort: 'pagu', limit: 50 }],
  ['budget_by_account', {}],
  ['budget_by_account', { digits: 2, sort: 'serapan' }],
  ['budget_trend', {}],
  ['budget_trend', { account: '52' }],
  ['budget_trend', { code: 'WA.6336' }],
];

/** Each budget tool over the cached report, against one JSON.parse of the report's text. */
export async function toolRows({ rounds }: Bench, text: string): Promise<Row[]> {
  const tools = createSapaTools({
    reader: reportReader(text),
    parser: { parse: async (report) => reportIn(report) },
    timezone: 'Asia/Jakarta',
    now: () => Date.parse('2026-11-24T03:00:00Z'),
    portalName: 'SAPA',
  });
  const json: Timed[] = [];
  const kept = CALLS.map((): Timed[] => []);
  for (let round = -1; round < rounds; round++) {
    const parse = await timed(PARSES, () => JSON.parse(text));
    if (round >= 0) json.push(parse);
    for (const [index, call] of CALLS.entries()) {
      const time = await timed(TIMES, () => run(tools, call));
      if (round >= 0) kept[index]?.push(time);
    }
  }
  const rows = CALLS.map(([name, args], index) =>
    compared(
      `${name} ${JSON.stringify(args)}, against JSON.parse`,
      (kept[index] ?? []).map(({ wallMs }) => wallMs),
      json.map(({ wallMs }) => wallMs),
      { unit: 'ms', goal: { at: 'most', value: 0.2 } },
    ),
  );
  const cpu = json.map((_, round) => kept.reduce((sum, times) => sum + (times[round]?.cpuMs ?? 0), 0));
  const jsonCpu = json.map(({ cpuMs }) => cpuMs * CALLS.length);
  return [
    ...rows,
    compared(`CPU of these ${CALLS.length} calls, against as many JSON.parse`, cpu, jsonCpu, { unit: 'ms' }),
  ];
}

async function run(tools: SapaTools, [name, args]: [name: string, args: object]): Promise<void> {
  const outcome = await tools.run({ name, args }, { userId: USER, figures: new Set(), evidence: [] });
  const { report, count } = (outcome.ok ? outcome.result : {}) as { report?: object | null; count?: number };
  if (!report || count === 0) throw new Error(`${name} found nothing: ${JSON.stringify(outcome)}`);
}
