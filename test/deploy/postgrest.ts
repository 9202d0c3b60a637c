import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type Condition, type Embed, parseQuery, type Query } from '../../sandbox/postgrest-parse.ts';
import { FOREIGN_KEYS } from '../../sandbox/sapa-schema.ts';
import type { Postgres } from './postgres.ts';

/**
 * As much of PostgREST as the service asks for, over a real PostgreSQL: the role is the one that the bearer key claims,
 * each request is one read-only transaction of `authenticator` as that role. Its address; closed with the test.
 * @see https://docs.postgrest.org/en/v12/references/auth.html
 */
export async function startPostgrest(t: Test, postgres: Postgres, secret: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    const role = roleOf(request.headers.authorization ?? '', secret);
    const table = /^\/rest\/v1\/(\w+)$/.exec(pathname)?.[1];
    if (role === null || table === undefined) return answer(401, '{"code":"PGRST301","message":"no suitable key"}');
    try {
      const rows = select(table, parseQuery(searchParams));
      answer(200, await postgres.run(asRole(role, rows), 'authenticator'));
    } catch (error) {
      answer(403, JSON.stringify({ code: '42501', message: error instanceof Error ? error.message : '' }));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the claims of a key signed with `secret` (HS256) are; null for any other key, and for one that has expired. */
export function claimsOf(key: string, secret: string): Record<string, unknown> | null {
  const [header = '', payload = '', signature = ''] = key.split('.');
  const wanted = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  if (read(header).alg !== 'HS256') return null;
  const claims = read(payload);
  return Number(claims.exp) > Date.now() / 1000 ? claims : null;
}

function roleOf(authorization: string, secret: string): string | null {
  const role = claimsOf(authorization.replace(/^Bearer /, ''), secret)?.role;
  return typeof role === 'string' ? role : null;
}

/** What PostgREST makes of a request: one transaction, as the role, with all rows as one JSON text. */
export function asRole(role: string, rows: string): string {
  return `begin read only; set local role ${name(role)};
    select coalesce(json_agg(answer), '[]') from (${rows}) answer; commit;`;
}

const name = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

function select(table: string, query: Query): string {
  const fields = query.select.map((item) => (item.kind === 'embed' ? embedded(table, item) : name(item.field.name)));
  const where = query.where.map((condition) => clause(condition)).join(' and ');
  const order = query.order.map(({ field, descending }) => `${name(field.name)} ${descending ? 'desc' : 'asc'}`);
  return [
    `select ${fields.join(', ')} from public.${name(table)}`,
    where && `where ${where}`,
    order.length > 0 && `order by ${order.join(', ')}`,
    query.limit !== undefined && `limit ${query.limit}`,
    `offset ${query.offset}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The rows of another table that belong to a row, as a JSON list. */
function embedded(table: string, { relation, query }: Embed): string {
  const key = FOREIGN_KEYS.find((one) => one.table === relation && one.to === table);
  if (!key) throw new Error(`${relation} does not belong to ${table}`);
  const fields = query.select.map((item) => (item.kind === 'column' ? name(item.field.name) : '')).join(', ');
  const rows = `select ${fields} from public.${name(relation)} where ${name(key.column)} = ${name(table)}.id order by id`;
  return `(select coalesce(json_agg(part), '[]') from (${rows}) part) as ${name(relation)}`;
}

function clause(condition: Condition): string {
  const written = condition.kind === 'group' ? groupClause(condition.members, condition.operator) : compare(condition);
  return condition.negated ? `not (${written})` : written;
}

function groupClause(members: readonly Condition[], operator: string): string {
  return `(${members.map((member) => clause(member)).join(` ${operator} `)})`;
}

function compare({ field, operator, values }: Extract<Condition, { kind: 'filter' }>): string {
  const [value = ''] = values;
  if (operator === 'eq') return `${name(field.name)} = ${literal(value)}`;
  if (operator === 'gt') return `${name(field.name)} > ${literal(value)}`;
  if (operator === 'in') return `${name(field.name)} in (${values.map(literal).join(', ')})`;
  if (operator === 'like') return `${name(field.name)} like ${literal(value.replaceAll('*', '%'))}`;
  throw new Error(`the service has never asked with ${operator}`);
}
