import { createUnsupportedError, PostgrestError } from './error.ts';
import type { Column, Embed, Query } from './query.ts';
import { Scanner } from './scanner.ts';

/**
 * Parses the value of `select`. PostgREST reads as many items as it can, ignores the rest and selects `*` when it
 * finds no item.
 */
export function parseSelect(text: string): Query {
  return createQuery(readItems(new Scanner(text, 'select parameter')));
}

function createQuery(select: Query['select']): Query {
  return {
    select: select.length > 0 ? select : [ALL_COLUMNS],
    where: [],
    order: [],
    limit: undefined,
    offset: 0,
  };
}

const ALL_COLUMNS: Column = { kind: 'column', field: { name: '*', path: [] }, alias: undefined, cast: undefined };

function readItems(scan: Scanner): Query['select'] {
  if (!/^[ \t]*(?:["*.$_]|[\p{L}\p{N}])/u.test(scan.rest())) return [];
  const items = [readItem(scan)];
  while (scan.consume(',')) items.push(readItem(scan));
  return items;
}

function readItem(scan: Scanner): Column | Embed {
  scan.skipSpace();
  if (scan.consume('*')) return ALL_COLUMNS;
  if (scan.consume('...')) throw createUnsupportedError('spread embedding');
  let name = scan.readName();
  let alias: string | undefined;
  if (scan.next() === ':' && scan.next(1) !== ':') {
    scan.consume(':');
    alias = name;
    name = scan.readName();
  }
  const hints: string[] = [];
  while (scan.consume('!')) hints.push(scan.readName());
  if (scan.consume('(')) return readEmbed(scan, name, alias, hints.includes('inner'));
  const path = scan.readJsonPath();
  if (/^\.(?:count|sum|avg|min|max)\(/.test(scan.rest())) throw createAggregatesError();
  const cast = scan.consume('::') ? scan.readName() : undefined;
  scan.skipSpace();
  return { kind: 'column', field: { name, path }, alias, cast };
}

function readEmbed(scan: Scanner, relation: string, alias: string | undefined, inner: boolean): Embed {
  const select = readItems(scan);
  scan.expect(')');
  if (select.length === 0 && relation === 'count') throw createAggregatesError();
  // An embedded table without columns only filters.
  return { kind: 'embed', relation, alias, inner, query: { ...createQuery(select), select } };
}

function createAggregatesError(): PostgrestError {
  return new PostgrestError(400, 'PGRST123', 'Use of aggregate functions is not allowed');
}
