import { indonesianDate } from '../../supabase/calendar.ts';
import { fill, type Texts } from '../../texts.ts';
import type { SessionNotes } from '../../types.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { GroundedFigure } from './grounding.ts';

/** What a session keeps of its answers: what the last figures rest on, and figures that were found in data. */
export interface Evidence {
  /** Tool calls behind the last answer that read data. */
  calls: ToolEvidence[];
  /** The last call that listed rows to choose from, two or more. */
  list: ToolEvidence | null;
  /** Figures of earlier answers that data confirmed; newest last. */
  figures: number[];
}

/** Figures of earlier answers that are kept. */
const FIGURES_KEPT = 300;
/** Calls, and codes of one call, that a session keeps. */
const CALLS_KEPT = 12;
const CODES_KEPT = 50;

/** The evidence in a session's notes; empty where there is none. Pure. */
export function evidenceIn(notes: SessionNotes): Evidence {
  const { calls, list, figures } = notes as Partial<Evidence>;
  return {
    calls: Array.isArray(calls) ? calls : [],
    list: list ?? null,
    figures: Array.isArray(figures) ? figures : [],
  };
}

/** Notes after an answer that `results` tool results went into: its own evidence where it has some, and every figure that was confirmed. Pure. */
export function nextSessionNotes(
  before: Evidence,
  calls: readonly ToolEvidence[],
  grounded: readonly GroundedFigure[],
  results: number,
): SessionNotes {
  // What only the user wrote is confirmed by nobody.
  const confirmed = grounded.flatMap(({ known, from }) => (from.source === 'user' ? [] : [known]));
  const behind = codesBehind(calls, grounded, calls.length - results);
  const kept = calls.slice(-CALLS_KEPT).map((call) => ({
    ...call,
    ...(call.codes ? { codes: [...new Set([...(behind.get(call) ?? []), ...call.codes])].slice(0, CODES_KEPT) } : {}),
    ...(call.activityIds ? { activityIds: call.activityIds.slice(0, CODES_KEPT) } : {}),
  }));
  return {
    calls: kept.length > 0 ? kept : before.calls,
    // A look at one row of a list is not the end of the list.
    list: kept.findLast(({ listed }) => (listed?.ids.length ?? 0) > 1) ?? before.list,
    figures: [...new Set([...before.figures, ...confirmed])].slice(-FIGURES_KEPT),
  } satisfies Evidence as unknown as SessionNotes;
}

/** The codes whose rows the stated figures stand in, by call. The last calls are those of the results, in their order. */
function codesBehind(
  calls: readonly ToolEvidence[],
  grounded: readonly GroundedFigure[],
  offset: number,
): Map<ToolEvidence, string[]> {
  const behind = new Map<ToolEvidence, string[]>();
  for (const { from } of grounded) {
    if (from.source !== 'data') continue;
    const row = /^(?:accounts|rows)\.(\d+)\./.exec(from.path)?.[1];
    const call = calls[from.result + offset];
    const code = row === undefined ? undefined : call?.codes?.[Number(row)];
    if (call && code) behind.set(call, [...(behind.get(call) ?? []), code]);
  }
  return behind;
}

/** Where the last figures come from, as Markdown; null where no data was read for them. Pure. */
export function describeSources(notes: SessionNotes, texts: Texts): string | null {
  const { calls } = evidenceIn(notes);
  if (calls.length === 0) return null;
  return [texts.sources, ...calls.map((call, index) => `${index + 1}. ${describe(call, texts)}`)].join('\n');
}

function describe({ tool, args, report, codes, activityIds }: ToolEvidence, texts: Texts): string {
  const lines = [
    report ? describeReport(report) : tool === 'calculate' ? texts.sourceCalculated : texts.sourceActivities,
    fill(texts.sourceFunction, { call: `\`${tool}\`${describeArguments(args)}` }),
  ];
  if (codes?.length) lines.push(fill(texts.sourceCodes, { codes: some(codes) }));
  if (activityIds?.length) lines.push(fill(texts.sourceRead, { count: activityIds.length }));
  return lines.join('\n   ');
}

function describeReport({ type, date, file_name }: NonNullable<ToolEvidence['report']>): string {
  const kind = type ? `Laporan ${type}` : 'Laporan realisasi';
  const when = date ? ` per ${indonesianDate(date)}` : ' tanpa tanggal';
  return `${kind}${when}${file_name ? `, berkas \`${file_name.replaceAll('`', "'")}\`` : ''}`;
}

function describeArguments(args: object): string {
  const written = Object.entries(args).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return written.length > 0 ? ` (\`${written.join(', ').replaceAll('`', "'")}\`)` : '';
}

/** At most eight codes, then how many more. */
function some(codes: readonly string[]): string {
  const shown = codes
    .slice(0, 8)
    .map((code) => `\`${code}\``)
    .join(', ');
  return codes.length > 8 ? `${shown} dan ${codes.length - 8} lainnya` : shown;
}
