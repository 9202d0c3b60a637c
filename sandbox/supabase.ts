import { gzipSync } from 'node:zlib';
import { FakeServer, type FakeServerOptions, type RecordedRequest } from './fake-server.ts';
import type { Fault } from './faults.ts';
import type { FakeResponse } from './http-io.ts';
import type { Engine } from './postgrest/engine.ts';
import { PostgrestError } from './postgrest/error.ts';
import { negotiateMediaType } from './postgrest/media-type.ts';
import { createMemoryEngine } from './postgrest/memory/engine.ts';
import { parseQuery } from './postgrest/parse-query.ts';
import { capLimits } from './postgrest/query.ts';
import { applyRange } from './postgrest/range.ts';
import { createErrorResponse, createResponse } from './postgrest/response.ts';
import { isTable, type TableName, type Tables } from './sapa-schema.ts';

/** Starts a fake Supabase on loopback. */
export async function startFakeSupabase(options: FakeSupabaseOptions = {}): Promise<FakeSupabase> {
  return new FakeSupabase(options).open();
}

/** A request with the table that its path names; undefined when it names no table. */
export interface SupabaseRequest extends RecordedRequest {
  readonly table: string | undefined;
}

export interface FakeSupabaseOptions extends FakeServerOptions {
  serviceRoleKey?: string;
  tables?: Partial<Tables>;
  /** Runs the queries on the rows; default: on `tables` in memory. */
  engine?: Engine;
  /** The maximum number of rows in a response and in each embedded list (default 1,000, as Supabase's). */
  maxRows?: number;
  /** Compresses responses with gzip, as Supabase's gateway does (default false). */
  compress?: boolean;
}

/** Supabase's gateway and PostgREST, read-only: writes are recorded in `requests` and rejected with 403. */
export class FakeSupabase extends FakeServer<SupabaseRequest> {
  /** The only valid `apikey` and bearer token. */
  serviceRoleKey: string;
  /** The rows; a change is visible to the next query. */
  readonly tables: Tables;
  maxRows: number;
  compress: boolean;
  readonly #engine: Engine;

  constructor(options: FakeSupabaseOptions) {
    super(options);
    this.serviceRoleKey = options.serviceRoleKey ?? 'sandbox-service-role-key';
    this.tables = { users: [], activities: [], allocations: [], processed_results: [], ...options.tables };
    this.maxRows = options.maxRows ?? 1000;
    this.compress = options.compress ?? false;
    this.#engine = options.engine ?? createMemoryEngine(this.tables);
  }

  protected override extendRecord(request: RecordedRequest): SupabaseRequest {
    const [, table] = /^\/rest\/v1\/([^/]+)$/.exec(request.path) ?? [];
    return Object.assign(request, { table: table === undefined ? undefined : decodeURIComponent(table) });
  }

  protected override buildErrorBody({ status }: Fault & { kind: 'status' }): unknown {
    if (status === 503) {
      const message = 'Could not query the database for the schema cache. Retrying.';
      return new PostgrestError(status, 'PGRST002', message).body;
    }
    if (status === 429) return { message: 'API rate limit exceeded' };
    return { message: 'An invalid response was received from the upstream server' };
  }

  protected override async handle(request: SupabaseRequest): Promise<FakeResponse> {
    const rejection = this.#authenticate(request);
    if (rejection) return rejection;
    try {
      const response = await this.#read(request);
      return this.compress && request.headers['accept-encoding']?.includes('gzip') ? compress(response) : response;
    } catch (error) {
      if (!(error instanceof PostgrestError)) throw error;
      return createErrorResponse(error);
    }
  }

  /** @returns null when the request has the service role key */
  #authenticate({ headers: { apikey, authorization } }: SupabaseRequest): FakeResponse | null {
    if (!apikey) return { status: 401, body: { message: 'No API key found in request' } };
    if (apikey !== this.serviceRoleKey) return { status: 401, body: { message: 'Invalid API key' } };
    if (authorization === undefined || authorization === `Bearer ${this.serviceRoleKey}`) return null;
    return createErrorResponse(new PostgrestError(401, 'PGRST301', 'No suitable key or wrong key type'));
  }

  async #read(request: SupabaseRequest): Promise<FakeResponse> {
    const { headers } = request;
    const table = findTable(request);
    const mediaType = negotiateMediaType(headers.accept ?? '*/*');
    const query = capLimits(applyRange(parseQuery(request.query), headers.range), this.maxRows);
    const isCounted = /count=(?:exact|planned|estimated)/.test(String(headers.prefer ?? ''));
    return createResponse(await this.#engine(table, query), query.offset, isCounted, mediaType);
  }
}

function findTable({ method, path, table, headers }: SupabaseRequest): TableName {
  if (path.startsWith('/rest/v1/rpc/'))
    throw new PostgrestError(404, 'PGRST202', `Could not find the function ${path}`);
  if (table === undefined) throw new PostgrestError(404, 'PGRST125', 'Invalid path specified in request URL');
  if (!isTable(table)) {
    throw new PostgrestError(404, 'PGRST205', `Could not find the table 'public.${table}' in the schema cache`);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    throw new PostgrestError(403, '42501', `permission denied for table ${table}`);
  }
  const schema = headers['accept-profile'] ?? 'public';
  if (schema !== 'public') throw new PostgrestError(406, 'PGRST106', `Invalid schema: ${String(schema)}`);
  return table;
}

function compress({ status, headers, body }: FakeResponse): FakeResponse {
  return { status, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzip(body) };
}

/** Length of the text that is compressed at once: a single text of 40 MB takes over a second. */
const GZIP_TEXT_LENGTH = 256 * 1024;

/** Compresses a list of rows in several gzip members, which decompress to one text. */
function gzip(body: unknown): Buffer {
  if (!Array.isArray(body)) return gzipSync(JSON.stringify(body), { level: 1 });
  const members: Buffer[] = [];
  let text = '[';
  for (const [index, row] of body.entries()) {
    text += (index > 0 ? ',' : '') + JSON.stringify(row);
    if (text.length < GZIP_TEXT_LENGTH) continue;
    members.push(gzipSync(text, { level: 1 }));
    text = '';
  }
  members.push(gzipSync(`${text}]`, { level: 1 }));
  return Buffer.concat(members);
}
