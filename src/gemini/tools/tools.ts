import type { FunctionDeclaration } from '@google/genai/web';
import { dayAt } from '../../supabase/calendar.ts';
import { LISTS_CAPACITY_BYTES } from '../../supabase/held-list.ts';
import { type ReportReader, SapaTooLargeError, SapaUnavailableError, type SkippedRows } from '../../supabase/paging.ts';
import { createReportCache } from '../../supabase/reports/report-cache.ts';
import { createRetryingReader } from '../../supabase/retrying-reader.ts';
import { createCapacity } from '../../upstream/capacity.ts';
import { buildActivityContext, TOO_LARGE_CONTEXT, UNAVAILABLE_CONTEXT } from './activity-context.ts';
import { getActivityStatistics, searchActivities, toActivitySelection } from './activity-tools.ts';
import { checkArguments, InvalidToolArguments, isToolName } from './arguments.ts';
import { budgetByAccount, budgetSummary, searchBudget } from './budget-tools.ts';
import { budgetTrend } from './budget-trend.ts';
import { calculate } from './calculate.ts';
import { limitResult } from './limit-result.ts';
import type { Executed, ToolData, ToolEvidence, ToolResults } from './results.ts';
import { TOOLS, type ToolArguments, type ToolName, toolDeclarations } from './schemas.ts';
import { createTurnData, type TurnData } from './turn-data.ts';
import { readWholeList, type WholeList } from './whole-list.ts';

/** The figures and the evidence that results leave behind. */
export interface ToolRecords {
  /**
   * Figures that `calculate` accepts: those of the user's messages and of earlier answers, and the results of this turn,
   * which `run` and `activityContext` add.
   */
  figures: Set<number>;
  /** If present, `run` and `activityContext` add the evidence of their results. */
  evidence?: ToolEvidence[];
  /** If present, `run` adds its results with their calls. */
  data?: ToolData[];
  /** If present, `activityContext` adds the statistics and rows of its text: data that may confirm figures. */
  schedules?: object[];
}

/** The state that all calls of one turn share. Only code sets its user; no argument of a call can. */
export interface ToolContext extends ToolRecords {
  userId: string;
  /** Cancels the reads of the turn; `run` then throws the abort reason. */
  signal?: AbortSignal | undefined;
}

export type ToolOutcome =
  | { ok: true; result: object; evidence: ToolEvidence }
  | { ok: false; error: string; unavailable?: boolean; tooLarge?: boolean };

export interface Tools {
  /** Declarations for Gemini; every parameter is optional. */
  declarations: FunctionDeclaration[];
  /**
   * Executes one call for the turn's user. Invalid arguments, unknown names, unavailable and too large data are outcomes with
   * a sentence for the model. `records` (default: the context) receives the figures and the evidence of the result.
   * @throws only the abort reason of the turn
   */
  run(call: { name: string; args: unknown }, context: ToolContext, records?: ToolRecords): Promise<ToolOutcome>;
  /** Returns the user's schedule as text for the first request, or a text with the reason why it is missing. */
  activityContext(context: ToolContext, records?: ToolRecords): Promise<string>;
  /**
   * Repeats the call behind a list of an earlier answer for the turn's user, with up to `maxRows` rows instead of a page.
   * @returns null when the call lists no rows
   * @throws SapaUnavailableError, SapaTooLargeError, the abort reason of the turn
   */
  wholeList(
    list: Pick<ToolEvidence, 'tool' | 'args' | 'report'>,
    context: ToolContext,
    maxRows: number,
  ): Promise<WholeList | null>;
  /** Releases the rows of a turn. Call it for every turn: other turns may be waiting for the memory. */
  release(context: ToolContext): void;
}

/** Tools over the list of activities: the model can narrow their result by period or status if it is too large. */
const ACTIVITY_TOOLS: ReadonlySet<ToolName> = new Set(['search_activities', 'activity_statistics']);

/** Creates the read-only tools and the activity context. Every read is restricted to the turn's user. */
export function createTools(options: {
  reader: ReportReader;
  timezone: string;
  now: () => number;
  portalName: string;
  reportCacheBytes?: number | undefined;
  /** Maximum memory for the lists of all running turns, in bytes. */
  listsCapacityBytes?: number | undefined;
  onSkippedRows?: SkippedRows | undefined;
}): Tools {
  const { timezone, now, onSkippedRows } = options;
  const reader = createRetryingReader(options.reader);
  const reportCache = createReportCache({ reader, now, bytes: options.reportCacheBytes, onSkippedRows });
  const capacity = createCapacity(options.listsCapacityBytes ?? LISTS_CAPACITY_BYTES);
  const dataOfContexts = new WeakMap<ToolContext, TurnData>();

  const dataOf = (context: ToolContext): TurnData => {
    const existing = dataOfContexts.get(context);
    // A context that is reused for another user must not return the first user's rows.
    if (existing?.userId === context.userId) return existing;
    existing?.release();
    const data = createTurnData(context, { reader, reportCache, capacity, timezone, onSkippedRows });
    dataOfContexts.set(context, data);
    return data;
  };
  const today = () => dayAt(now(), timezone);

  const executors: Executors = {
    search_activities: async (args, { data }) => {
      if (args.from && args.to && args.from > args.to) throw new InvalidToolArguments('from tidak boleh sesudah to.');
      return searchActivities(await data.activities(toActivitySelection(args, today())), args, today());
    },
    activity_statistics: async (_args, { data }) => getActivityStatistics(await data.activities(), today()),
    budget_summary: (args, { data }) => budgetSummary(data, args),
    search_budget: (args, { data }) => searchBudget(data, args),
    budget_by_account: (args, { data }) => budgetByAccount(data, args),
    budget_trend: (args, { data }) => budgetTrend(data, args),
    calculate: async ({ operation, operands }, { data, figures }) => {
      if (!operation || !operands) throw new InvalidToolArguments('operation dan operands harus diisi.');
      const months = [...data.months, Number(today().slice(5, 7))];
      const calculation = calculate(operation, operands, { figures, months });
      if (!calculation.ok) throw new InvalidToolArguments(calculation.error);
      return { result: { result: calculation.result, how: calculation.how }, evidence: {} };
    },
  };

  const execute = async <Name extends ToolName>(
    name: Name,
    given: unknown,
    context: ToolContext,
  ): Promise<ToolOutcome> => {
    const checked = checkArguments(name, given);
    if (!checked.ok) return checked;
    const scope = { data: dataOf(context), figures: context.figures };
    const { result, evidence } = await executors[name](checked.args, scope);
    const operation = ACTIVITY_TOOLS.has(name) ? 'activities' : name;
    return {
      ok: true,
      result: limitResult(operation, result),
      evidence: { tool: name, args: checked.args, ...limitResult(operation, evidence) },
    };
  };

  return {
    declarations: toolDeclarations(options.portalName),
    async run({ name, args }, context, records = context) {
      if (!isToolName(name))
        return { ok: false, error: `Alat itu tidak ada. Yang ada: ${Object.keys(TOOLS).join(', ')}.` };
      try {
        const outcome = await execute(name, args, context);
        if (outcome.ok) {
          recordResult(records, outcome.result, outcome.evidence);
          records.data?.push({ ...outcome.evidence, result: outcome.result });
        }
        return outcome;
      } catch (error) {
        if (error instanceof InvalidToolArguments) return { ok: false, error: `${name}: ${error.message}` };
        if (error instanceof SapaUnavailableError) return { ok: false, error: UNAVAILABLE_TEXT, unavailable: true };
        if (error instanceof SapaTooLargeError) return { ok: false, error: tooLargeText(error), tooLarge: true };
        throw error;
      }
    },
    async activityContext(context, records = context) {
      try {
        const { text, result, evidence } = buildActivityContext(await dataOf(context).activities(), today());
        recordResult(records, result, evidence);
        records.schedules?.push(result);
        return text;
      } catch (error) {
        if (error instanceof SapaUnavailableError) return UNAVAILABLE_CONTEXT;
        if (error instanceof SapaTooLargeError) return TOO_LARGE_CONTEXT;
        throw error;
      }
    },
    async wholeList(list, context, maxRows) {
      try {
        return await readWholeList(list, dataOf(context), { maxRows, today: today() });
      } catch (error) {
        // The arguments come from the session, which an earlier version of the service may have written.
        if (error instanceof InvalidToolArguments) return null;
        throw error;
      }
    },
    release(context) {
      dataOfContexts.get(context)?.release();
      dataOfContexts.delete(context);
    },
  };
}

type Executors = {
  [Name in ToolName]: (
    args: ToolArguments[Name],
    scope: { data: TurnData; figures: ReadonlySet<number> },
  ) => Promise<Executed<ToolResults[Name]>>;
};

const UNAVAILABLE_TEXT =
  'Data SAPA tidak dapat dijangkau saat ini. Sampaikan hal itu kepada pengguna; jangan menebak angka atau jadwal.';

/** Returns the instruction for the model. Only lists of activities can be narrowed. */
function tooLargeText({ operation }: SapaTooLargeError): string {
  const advice =
    operation === 'activities'
      ? 'Coba search_activities dengan period, from dan to, atau status; bila tetap gagal, minta pengguna mempersempit ' +
        'pertanyaannya menurut periode atau status. Jumlah seluruh kegiatan tidak tersedia.'
      : 'Sarankan membuka portal untuk data itu.';
  return `Data SAPA pengguna terlalu besar untuk dibaca sekaligus (bukan gangguan). ${advice} Sampaikan hal itu kepada pengguna; jangan menebak angka.`;
}

function recordResult(records: ToolRecords, result: object, evidence: ToolEvidence): void {
  for (const figure of collectFigures(result)) records.figures.add(figure);
  records.evidence?.push(evidence);
}

/** Returns every number in a result at any depth. Numbers inside texts are not included. */
export function collectFigures(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collectFigures) : [];
}
