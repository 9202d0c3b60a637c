import { indonesianDate } from '../../supabase/calendar.ts';
import { fill, type Texts } from '../../texts.ts';
import type { SessionNotes } from '../../types.ts';
import { escapeMarkdown } from '../fallback/wording/format.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { GroundedFigure } from './grounding.ts';

/** The session's notes: the calls behind the last figures, and the figures that data confirmed. */
export interface Evidence {
  /** Tool calls behind the last answer that read data. */
  calls: ToolEvidence[];
  /** The last call that listed two or more rows. */
  list: ToolEvidence | null;
  /** Figures of earlier answers that data confirmed; newest last. */
  figures: number[];
  /** The figures of the last answer that read data, as written, and the names of their fields and rows. */
  origins: { figure: string; field: string; row: string }[];
}

/** Limits of a session's notes, so that they stay small in the store. */
const MAX_FIGURES = 300;
const MAX_CALLS = 12;
/** Codes or activity ids of one call. */
const MAX_CODES = 50;
/** Figures whose field and row `/sumber` shows. */
const MAX_ORIGINS = 20;
/** Codes of one call that `/sumber` shows. */
const MAX_SHOWN_CODES = 8;

/** Parses a session's notes. Missing fields become empty. */
export function parseEvidence(notes: SessionNotes): Evidence {
  const { calls, list, figures, origins } = notes as Partial<Evidence>;
  return {
    calls: Array.isArray(calls) ? calls : [],
    list: list ?? null,
    figures: Array.isArray(figures) ? figures : [],
    origins: Array.isArray(origins) ? origins : [],
  };
}

/**
 * Builds the notes after an answer: its calls (without calls: those of the answer before), the last list, and all confirmed
 * figures. The last `resultCount` calls are those whose results are in `grounded`.
 */
export function nextSessionNotes(
  before: Evidence,
  calls: readonly ToolEvidence[],
  grounded: readonly GroundedFigure[],
  resultCount: number,
): SessionNotes {
  // A figure that only the user wrote is not confirmed by data.
  const confirmed = grounded.flatMap(({ exact, from }) => (from.source === 'user' ? [] : [exact]));
  const origins = listOrigins(grounded);
  const codesOfCall = findCodesBehind(calls, grounded, calls.length - resultCount);
  const recentCalls = calls.slice(-MAX_CALLS).map((call) => ({
    ...call,
    ...(call.codes
      ? { codes: [...new Set([...(codesOfCall.get(call) ?? []), ...call.codes])].slice(0, MAX_CODES) }
      : {}),
    ...(call.activityIds ? { activityIds: call.activityIds.slice(0, MAX_CODES) } : {}),
  }));
  return {
    calls: recentCalls.length > 0 ? recentCalls : before.calls,
    // Opening one row keeps the list.
    list: recentCalls.findLast(({ listed }) => (listed?.ids.length ?? 0) > 1) ?? before.list,
    figures: [...new Set([...before.figures, ...confirmed])].slice(-MAX_FIGURES),
    origins: origins.length > 0 || recentCalls.length > 0 ? origins : before.origins,
  } satisfies Evidence as unknown as SessionNotes;
}

function listOrigins(grounded: readonly GroundedFigure[]): Evidence['origins'] {
  const origins = grounded.flatMap(({ figure, from }) =>
    from.source === 'data' ? [[figure.text, { figure: figure.text, field: from.field, row: from.row }] as const] : [],
  );
  return [...new Map(origins).values()].slice(0, MAX_ORIGINS);
}

/** Returns the codes of the rows that the figures come from, by call. Result n belongs to call n + `offset`. */
function findCodesBehind(
  calls: readonly ToolEvidence[],
  grounded: readonly GroundedFigure[],
  offset: number,
): Map<ToolEvidence, string[]> {
  const codesOfCall = new Map<ToolEvidence, string[]>();
  for (const { from } of grounded) {
    if (from.source !== 'data') continue;
    const row = /^(?:accounts|rows)\.(\d+)\./.exec(from.path)?.[1];
    const call = calls[from.result + offset];
    const code = row === undefined ? undefined : call?.codes?.[Number(row)];
    if (call && code) codesOfCall.set(call, [...(codesOfCall.get(call) ?? []), code]);
  }
  return codesOfCall;
}

/** Describes the sources of the last figures, as Markdown. @returns null if no data was read */
export function describeSources(notes: SessionNotes, texts: Texts): string | null {
  const { calls, origins } = parseEvidence(notes);
  if (calls.length === 0) return null;
  const lines = origins.map(({ figure, field, row }) => {
    const name = row === '' ? field : `${field}, ${row}`;
    return `- ${fill(texts.sourceFigure, { figure, name: escapeMarkdown(name) })}`;
  });
  return [
    texts.sources,
    ...calls.map((call, index) => `${index + 1}. ${describeCall(call, texts)}`),
    ...(lines.length > 0 ? ['', texts.sourceFigures, ...lines] : []),
  ].join('\n');
}

function describeCall({ tool, args, report, codes, activityIds }: ToolEvidence, texts: Texts): string {
  const lines = [
    report ? describeReport(report) : tool === 'calculate' ? texts.sourceCalculated : texts.sourceActivities,
    fill(texts.sourceFunction, { call: `\`${tool}\`${describeArguments(args)}` }),
  ];
  if (codes?.length) lines.push(fill(texts.sourceCodes, { codes: formatCodes(codes) }));
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

/** Formats the first codes, then the number of the others. */
function formatCodes(codes: readonly string[]): string {
  const shown = codes
    .slice(0, MAX_SHOWN_CODES)
    .map((code) => `\`${code}\``)
    .join(', ');
  return codes.length > MAX_SHOWN_CODES ? `${shown} dan ${codes.length - MAX_SHOWN_CODES} lainnya` : shown;
}
