import type { SupabaseClient } from '@supabase/supabase-js';
import type { QueryBuilder, ResponsePage } from '../../../src/supabase/client.ts';
import type { ReportReader } from '../../../src/supabase/paging.ts';

/** One request as PostgREST would receive it. */
export interface RecordedRequest {
  operation: string;
  table: string;
  select: string;
  /** Every filter but paging: `[method, column, value]`. */
  filters: [string, string, unknown][];
  order: string[];
  limit: number | undefined;
  /** The id that the requested rows follow. */
  after: string | number | undefined;
}

export type Row = Record<string, unknown>;

/** SAPA's tables in memory, with allocations in their activities. `leaky` ignores every filter, as a broken server might. */
export class FakeReader implements ReportReader {
  readonly requests: RecordedRequest[] = [];
  tables: Record<string, Row[]>;
  leaky = false;
  /** Thrown by every read while set. */
  failure: Error | undefined;
  /** Called before a read is answered; a test may make it wait. */
  before: (request: RecordedRequest) => unknown = () => undefined;

  constructor(tables: Record<string, Row[]>) {
    this.tables = tables;
  }

  async readPage(operation: string, build: QueryBuilder): Promise<ResponsePage> {
    const request: RecordedRequest = {
      operation,
      table: '',
      select: '',
      filters: [],
      order: [],
      limit: undefined,
      after: undefined,
    };
    await build(recordingClient(request) as unknown as SupabaseClient);
    this.requests.push(request);
    await this.before(request);
    if (this.failure) throw this.failure;
    return this.#answer(request);
  }

  readReport(operation: string, build: QueryBuilder): Promise<ResponsePage> {
    return this.readPage(operation, build);
  }

  /** How many requests of one operation there were. */
  count(operation: string): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  #answer({ table, filters, order, limit = 1000, after }: RecordedRequest): ResponsePage {
    // Filters other than eq and in only save work: code filters their rows again.
    const meets = (row: Row) =>
      filters.every(([method, column, value]) => {
        if (method === 'in') return (value as unknown[]).map(String).includes(String(row[column]));
        return method !== 'eq' || String(row[column]) === String(value);
      });
    const source = table === 'allocations' ? this.#allocations() : (this.tables[table] ?? []);
    const rows = source.filter((row) => this.leaky || meets(row));
    const [by] = order;
    if (by) rows.sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
    const following = after === undefined ? rows : rows.filter(({ id }) => String(id) > String(after));
    // Copies the rows, as parsing JSON does: nothing is shared with the tables.
    const page: unknown[] = JSON.parse(JSON.stringify(following.slice(0, Math.min(limit, 1000))));
    return { rows: page, count: following.length };
  }

  /** @returns the embedded allocations as rows of a separate table; missing ids are added */
  #allocations(): Row[] {
    return (this.tables.activities ?? []).flatMap((activity) =>
      (Array.isArray(activity.allocations) ? activity.allocations : []).map((row: unknown, index) => ({
        id: `${activity.id} ${String(index).padStart(4, '0')}`,
        ...Object(row),
        activity_id: activity.id,
      })),
    );
  }
}

function recordingClient(request: RecordedRequest): object {
  const builder = {
    select(columns: string) {
      request.select = columns;
      return builder;
    },
    ...Object.fromEntries(
      ['eq', 'in', 'gte', 'lt', 'ilike'].map((method) => [
        method,
        (column: string, value: unknown) => {
          request.filters.push([method, column, value]);
          return builder;
        },
      ]),
    ),
    or(condition: string) {
      request.filters.push(['or', condition, undefined]);
      return builder;
    },
    order(column: string) {
      request.order.push(column);
      return builder;
    },
    limit(count: number) {
      request.limit = count;
      return builder;
    },
    gt(_column: string, value: string | number) {
      request.after = value;
      return builder;
    },
    abortSignal: () => builder,
  };
  return {
    from(table: string) {
      request.table = table;
      return builder;
    },
  };
}
