import type { SupabaseClient } from '@supabase/supabase-js';
import type { QueryBuilder } from '../../../src/supabase/client.ts';
import type { ReportReader } from '../../../src/supabase/paging.ts';

/** One request as PostgREST would receive it. */
export interface RecordedRequest {
  operation: string;
  table: string;
  select: string;
  /** Every filter but paging: `[method, column, value]`. */
  filters: [string, string, unknown][];
  order: string[];
  range: [number, number] | undefined;
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

  async readPage(operation: string, build: QueryBuilder): Promise<unknown[]> {
    const request: RecordedRequest = { operation, table: '', select: '', filters: [], order: [], range: undefined };
    await build(recordingClient(request) as unknown as SupabaseClient);
    this.requests.push(request);
    await this.before(request);
    if (this.failure) throw this.failure;
    return this.#answer(request);
  }

  readReport(operation: string, build: QueryBuilder): Promise<unknown[]> {
    return this.readPage(operation, build);
  }

  /** How many requests of one operation there were. */
  count(operation: string): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  #answer({ table, filters, order, range }: RecordedRequest): unknown[] {
    // Filters other than eq only save work: code filters their rows again.
    const meets = (row: Row) =>
      filters.every(([method, column, value]) => method !== 'eq' || String(row[column]) === String(value));
    const rows = (this.tables[table] ?? []).filter((row) => this.leaky || meets(row));
    const [by] = order;
    if (by) rows.sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
    const [from, to] = range ?? [0, 999];
    // Copies the rows, as parsing JSON does: nothing is shared with the tables.
    return JSON.parse(JSON.stringify(rows.slice(from, Math.min(to + 1, from + 1000))));
  }
}

function recordingClient(request: RecordedRequest): object {
  const builder = {
    select(columns: string) {
      request.select = columns;
      return builder;
    },
    ...Object.fromEntries(
      ['eq', 'gte', 'lt', 'ilike'].map((method) => [
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
    range(from: number, to: number) {
      request.range = [from, to];
      return builder;
    },
    limit(count: number) {
      request.range = [0, count - 1];
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
