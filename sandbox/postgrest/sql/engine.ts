import type { Row } from '../../sapa-schema.ts';
import type { Engine } from '../engine.ts';
import { createSqlError } from '../error.ts';
import { translateQuery } from './query.ts';

/**
 * Creates the engine that queries a PostgreSQL with SAPA's tables in the schema `public`.
 * @param run runs one statement and resolves with its only value; rejects with psql's `ERROR:  <SQLSTATE>: <message>`
 */
export function createSqlEngine(run: (sql: string) => Promise<string>): Engine {
  return async (table, query) => {
    const rows = translateQuery(table, query);
    const all = translateQuery(table, { ...query, order: [], limit: undefined, offset: 0 });
    const statement = `select json_build_object(
      'rows', (select coalesce(json_agg(answer), '[]') from (${rows}) answer),
      'total', (select count(*) from (${all}) answer))`;
    try {
      return JSON.parse(await run(statement)) as { rows: Row[]; total: number };
    } catch (error) {
      throw toPostgrestError(error);
    }
  };
}

function toPostgrestError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const [, sqlState, text = ''] = /ERROR: +([\dA-Z]{5}): *(.*)/.exec(message) ?? [];
  return sqlState === undefined ? error : createSqlError(sqlState, text);
}
