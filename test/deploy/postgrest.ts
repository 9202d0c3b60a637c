import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Test } from 'tap';
import { createSqlEngine } from '../../sandbox/postgrest/sql/engine.ts';
import { startFakeSupabase } from '../../sandbox/supabase.ts';
import type { Postgres } from '../support/postgres.ts';

/**
 * Starts a fake Supabase over a real PostgreSQL that accepts one key; each read is a transaction of `authenticator` as
 * the role that the key claims.
 * @returns its URL
 * @see https://docs.postgrest.org/en/v14/references/auth.html
 */
export async function startPostgrest(t: Test, postgres: Postgres, key: string, secret: string): Promise<string> {
  const role = String(claimsOf(key, secret)?.role);
  const engine = createSqlEngine((sql) => postgres.run(asRole(role, sql), 'authenticator'));
  const supabase = await startFakeSupabase({ serviceRoleKey: key, engine });
  t.teardown(() => supabase.close());
  return supabase.url;
}

/** @returns the claims of a key that is signed with `secret` (HS256); null for any other key and for an expired one */
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

/** Wraps a statement in PostgREST's transaction: read-only, as the role. */
export function asRole(role: string, statement: string): string {
  return `begin read only; set local role "${role.replaceAll('"', '""')}"; ${statement}; commit;`;
}
