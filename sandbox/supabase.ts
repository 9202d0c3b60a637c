import { gzipSync } from 'node:zlib';
import { FakeServer, type FakeServerOptions, type RecordedRequest } from './fake-server.ts';
import type { Fault } from './faults.ts';
import type { FakeResponse } from './http-io.ts';
import { PostgrestError } from './postgrest-error.ts';
import { parseQuery } from './postgrest-parse.ts';
import { type Result, run } from './postgrest-select.ts';
import { isTable, type Row, type TableName, type Tables } from './sapa-schema.ts';

/** A call with the table that its path names; undefined where it names none. */
export interface SupabaseRequest extends RecordedRequest {
  readonly table: string | undefined;
}

export interface FakeSupabaseOptions extends FakeServerOptions {
  serviceRoleKey?: string;
  tables?: Partial<Tables>;
  /** How many rows one response holds at most (default 1,000, as Supabase's). */
  maxRows?: number;
  /** Compresses responses with gzip, as Supabase's gateway does (default false). */
  compress?: boolean;
}

/** Supabase's PostgREST over tables in memory, read-only: writes are 403 and stand in `calls`. */
export class FakeSupabase extends FakeServer<SupabaseRequest> {
  /** What `apikey` and the bearer token must equal. */
  serviceRoleKey: string;
  /** May be changed at any time; a query sees what stands there when it comes in. */
  readonly tables: Tables;
  maxRows: number;
  compress: boolean;

  constructor(options: FakeSupabaseOptions) {
    super(options);
    this.serviceRoleKey = options.serviceRoleKey ?? 'sandbox-service-role-key';
    this.tables = { users: [], activities: [], allocations: [], processed_results: [], ...options.tables };
    this.maxRows = options.maxRows ?? 1000;
    this.compress = options.compress ?? false;
  }

  protected override extendRecord(call: RecordedRequest): SupabaseRequest {
    const [, table] = /^\/rest\/v1\/([^/]+)$/.exec(call.path) ?? [];
    return Object.assign(call, { table: table === undefined ? undefined : decodeURIComponent(table) });
  }

  protected override buildErrorBody({ status }: Fault & { kind: 'status' }): unknown {
    if (status === 503) {
      const message = 'Could not query the database for the schema cache. Retrying.';
      return new PostgrestError(status, 'PGRST002', message).body;
    }
    if (status === 429) return { message: 'API rate limit exceeded' };
    return { message: 'An invalid response was received from the upstream server' };
  }

  protected override handle(call: SupabaseRequest): FakeResponse {
    try {
      this.#authenticate(call);
      const answer = this.#query(call);
      return this.compress && call.headers['accept-encoding']?.includes('gzip') ? gzipped(answer) : answer;
    } catch (error) {
      if (!(error instanceof PostgrestError)) throw error;
      return { status: error.status, headers: { 'proxy-status': `PostgREST; error=${error.code}` }, body: error.body };
    }
  }

  #authenticate({ headers }: SupabaseRequest): void {
    const { apikey, authorization } = headers;
    // The gateway's own refusals have no code.
    if (!apikey)
      throw new GatewayError('No API key found in request', 'No `apikey` request header or url param was found.');
    if (apikey !== this.serviceRoleKey) {
      throw new GatewayError('Invalid API key', 'Double check your Supabase `anon` or `service_role` API key.');
    }
    if (authorization !== undefined && authorization !== `Bearer ${this.serviceRoleKey}`) {
      throw new PostgrestError(401, 'PGRST301', 'No suitable key or wrong key type');
    }
  }

  #query(call: SupabaseRequest): FakeResponse {
    const { method, table, headers } = call;
    if (table === undefined) throw new PostgrestError(404, 'PGRST125', 'Invalid path specified in request URL');
    if (!isTable(table)) throw unknownTable(table);
    if (method !== 'GET' && method !== 'HEAD')
      throw new PostgrestError(403, '42501', `permission denied for table ${table}`);
    const schema = headers['accept-profile'] ?? 'public';
    if (schema !== 'public') {
      throw new PostgrestError(406, 'PGRST106', `Invalid schema: ${String(schema)}`, {
        hint: 'Only the following schemas are exposed: public',
      });
    }
    return this.#read(call, table);
  }

  #read(call: SupabaseRequest, table: TableName): FakeResponse {
    const query = parseQuery(call.query);
    const [, from, to] = /^(\d+)-(\d*)$/.exec(call.headers.range ?? '') ?? [];
    if (from !== undefined && query.limit === undefined && query.offset === 0) {
      query.offset = Number(from);
      if (to) query.limit = Math.max(0, Number(to) - query.offset + 1);
    }
    const result = run(this.tables, table, query, this.maxRows);
    const isCounted = /count=(?:exact|planned|estimated)/.test(String(call.headers.prefer ?? ''));
    return shape(result, query.offset, isCounted, call.headers.accept ?? '*/*');
  }
}

function shape({ rows, total }: Result, offset: number, isCounted: boolean, accept: string): FakeResponse {
  if (isCounted && offset > total) {
    const details = `An offset of ${offset} was requested, but there are only ${total} rows.`;
    throw new PostgrestError(416, 'PGRST103', 'Requested range not satisfiable', { details });
  }
  const range = rows.length > 0 ? `${offset}-${offset + rows.length - 1}` : '*';
  const headers = { 'content-range': `${range}/${isCounted ? total : '*'}` };
  const stripped = accept.includes('nulls=stripped') ? rows.map(withoutNulls) : rows;
  const status = isCounted && rows.length < total ? 206 : 200;
  if (!accept.includes('application/vnd.pgrst.object+json')) return { status, headers, body: stripped };
  if (rows.length !== 1) {
    throw new PostgrestError(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', {
      details: `The result contains ${rows.length} rows`,
    });
  }
  const type = 'application/vnd.pgrst.object+json; charset=utf-8';
  return { status, headers: { ...headers, 'content-type': type }, body: stripped[0] };
}

function gzipped({ status, headers, body }: FakeResponse): FakeResponse {
  return {
    status,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify(body), { level: 1 }),
  };
}

function withoutNulls(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

function unknownTable(table: string): PostgrestError {
  const message = `Could not find the table 'public.${table}' in the schema cache`;
  return new PostgrestError(404, 'PGRST205', message, { hint: "Perhaps you meant the table 'public.users'" });
}

class GatewayError extends PostgrestError {
  constructor(message: string, hint: string) {
    super(401, '', message, { hint });
  }

  override get body() {
    return { message: this.message, hint: this.hint } as PostgrestError['body'];
  }
}

/** Starts a Supabase stand-in on loopback. */
export async function startFakeSupabase(options: FakeSupabaseOptions = {}): Promise<FakeSupabase> {
  return new FakeSupabase(options).open();
}
