import type { FunctionDeclaration } from '@google/genai/web';
import { dayAt } from '../../supabase/calendar.ts';
import { LISTS_CAPACITY_BYTES } from '../../supabase/held-list.ts';
import { type ReportReader, SapaTooLargeError, SapaUnavailableError, type SkippedRows } from '../../supabase/paging.ts';
import type { ReportParser } from '../../supabase/reports/parser.ts';
import { createReportCache, type UnparsedReport } from '../../supabase/reports/reports.ts';
import { createCapacity } from '../../upstream/capacity.ts';
import { activityContext, TOO_LARGE_CONTEXT, UNREACHABLE_CONTEXT } from './activity-context.ts';
import { searchActivities, selectionOf, statisticsOfActivities } from './activity-tools.ts';
import { checkArguments, isToolName } from './arguments.ts';
import { budgetByAccount, budgetSummary, searchBudget } from './budget-tools.ts';
import { budgetTrend } from './budget-trend.ts';
import { calculate } from './calculate.ts';
import { InvalidToolArguments } from './invalid-arguments.ts';
import type { Executed, ToolEvidence, ToolResults } from './results.ts';
import { TOOLS, type ToolArguments, type ToolName, toolDeclarations } from './schemas.ts';
import { createTurnData, type TurnData } from './turn-data.ts';

/** What the calls of one turn share; the same object for all of them. The user is named here and nowhere else. */
export interface ToolContext {
  userId: string;
  /** Ends the turn's reads; `run` then throws its reason. */
  signal?: AbortSignal | undefined;
  /**
   * Figures that `calculate` may use: what the user wrote, grounded figures of earlier answers, and what tools returned
   * in this turn, which `run` and `activityContext` add.
   */
  figures: Set<number>;
  /** Where given, `run` and `activityContext` add what their results rest on. */
  evidence?: ToolEvidence[];
}

export type ToolOutcome =
  | { ok: true; result: object; evidence: ToolEvidence }
  | { ok: false; error: string; unreachable?: boolean; tooLarge?: boolean };

export interface Tools {
  /** For Gemini; every parameter is optional. */
  declarations: FunctionDeclaration[];
  /**
   * Runs one call for the turn's user. Bad arguments, unknown names, an unreachable Supabase and data that is too large are
   * outcomes, worded for the model; throws only the reason of an aborted turn.
   */
  run(call: { name: string; args: unknown }, turn: ToolContext): Promise<ToolOutcome>;
  /** The text with the user's schedule for the first request; says so where Supabase can't be reached or the data is too large. */
  activityContext(turn: ToolContext): Promise<string>;
  /** Ends a turn: drops the rows that it holds. Other turns may be waiting for that memory, so every turn must end here. */
  release(turn: ToolContext): void;
}

/** The seven read-only tools over SAPA's data, and the activity context. Every read is bound to the turn's user. */
export function createTools(options: {
  reader: ReportReader;
  parser: Pick<ReportParser, 'parse'>;
  timezone: string;
  now: () => number;
  portalName: string;
  reportCacheBytes?: number | undefined;
  /** Memory of the lists of all running turns, in bytes. */
  listsCapacityBytes?: number | undefined;
  onSkippedRows?: SkippedRows | undefined;
  onUnparsed?: UnparsedReport | undefined;
}): Tools {
  const { reader, parser, timezone, now, onSkippedRows, onUnparsed } = options;
  const shelf = createReportCache({ reader, parser, now, bytes: options.reportCacheBytes, onSkippedRows, onUnparsed });
  const capacity = createCapacity(options.listsCapacityBytes ?? LISTS_CAPACITY_BYTES);
  const readsOfTurns = new WeakMap<ToolContext, TurnData>();

  const readsOf = (turn: ToolContext): TurnData => {
    const known = readsOfTurns.get(turn);
    // A turn object that somebody reuses for another user must not show the first one's rows.
    if (known?.userId === turn.userId) return known;
    known?.release();
    const reads = createTurnData(turn, { reader, shelf, capacity, timezone, onSkippedRows });
    readsOfTurns.set(turn, reads);
    return reads;
  };
  const today = () => dayAt(now(), timezone);

  const executors: Executors = {
    search_activities: async (args, { reads }) => {
      if (args.from && args.to && args.from > args.to) throw new InvalidToolArguments('from tidak boleh sesudah to.');
      return searchActivities(await reads.activities(selectionOf(args, today())), args, today());
    },
    activity_statistics: async (_args, { reads }) => statisticsOfActivities(await reads.activities(), today()),
    budget_summary: (args, { reads }) => budgetSummary(reads, args),
    search_budget: (args, { reads }) => searchBudget(reads, args),
    budget_by_account: (args, { reads }) => budgetByAccount(reads, args),
    budget_trend: (args, { reads }) => budgetTrend(reads, args),
    calculate: async ({ operation, operands }, { reads, figures }) => {
      if (!operation || !operands) throw new InvalidToolArguments('operation dan operands harus diisi.');
      const months = [...reads.months, Number(today().slice(5, 7))];
      const calculation = calculate(operation, operands, { figures, months });
      if (!calculation.ok) throw new InvalidToolArguments(calculation.error);
      return { result: { result: calculation.result, how: calculation.how }, evidence: {} };
    },
  };

  const execute = async <Name extends ToolName>(
    name: Name,
    given: unknown,
    turn: ToolContext,
  ): Promise<ToolOutcome> => {
    const checked = checkArguments(name, given);
    if (!checked.ok) return checked;
    const scope = { reads: readsOf(turn), figures: turn.figures };
    const { result, evidence } = await executors[name](checked.args, scope);
    return { ok: true, result, evidence: { tool: name, args: checked.args, ...evidence } };
  };

  return {
    declarations: toolDeclarations(options.portalName),
    async run({ name, args }, turn) {
      if (!isToolName(name))
        return { ok: false, error: `Alat itu tidak ada. Yang ada: ${Object.keys(TOOLS).join(', ')}.` };
      try {
        const outcome = await execute(name, args, turn);
        if (outcome.ok) note(turn, outcome.result, outcome.evidence);
        return outcome;
      } catch (error) {
        if (error instanceof InvalidToolArguments) return { ok: false, error: `${name}: ${error.message}` };
        if (error instanceof SapaUnavailableError) return { ok: false, error: UNREACHABLE, unreachable: true };
        if (error instanceof SapaTooLargeError) return { ok: false, error: tooLargeText(error), tooLarge: true };
        throw error;
      }
    },
    async activityContext(turn) {
      try {
        const { text, result, evidence } = activityContext(await readsOf(turn).activities(), today());
        note(turn, result, evidence);
        return text;
      } catch (error) {
        if (error instanceof SapaUnavailableError) return UNREACHABLE_CONTEXT;
        if (error instanceof SapaTooLargeError) return TOO_LARGE_CONTEXT;
        throw error;
      }
    },
    release(turn) {
      readsOfTurns.get(turn)?.release();
      readsOfTurns.delete(turn);
    },
  };
}

type Executors = {
  [Name in ToolName]: (
    args: ToolArguments[Name],
    scope: { reads: TurnData; figures: ReadonlySet<number> },
  ) => Promise<Executed<ToolResults[Name]>>;
};

const UNREACHABLE =
  'Data SAPA tidak dapat dijangkau saat ini. Sampaikan hal itu kepada pengguna; jangan menebak angka atau jadwal.';

/** What the model is told to say and to try. Only lists of activities can be narrowed. */
function tooLargeText({ operation }: SapaTooLargeError): string {
  const advice =
    operation === 'activities'
      ? 'Coba search_activities dengan period, from dan to, atau status; bila tetap gagal, minta pengguna mempersempit ' +
        'pertanyaannya menurut periode atau status. Jumlah seluruh kegiatan tidak tersedia.'
      : 'Sarankan membuka portal untuk data itu.';
  return `Data SAPA pengguna terlalu besar untuk dibaca sekaligus (bukan gangguan). ${advice} Sampaikan hal itu kepada pengguna; jangan menebak angka.`;
}

/** Adds what a result says and rests on to the turn. */
function note(turn: ToolContext, result: object, evidence: ToolEvidence): void {
  for (const figure of collectFigures(result)) turn.figures.add(figure);
  turn.evidence?.push(evidence);
}

/** Every number in a result, however deep; texts are left to whoever reads them. */
export function collectFigures(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collectFigures) : [];
}
