import { COLUMNS, type Row, type TableName, type Tables } from '../../sapa-schema.ts';
import type { Engine, Result } from '../engine.ts';
import { createUnsupportedError } from '../error.ts';
import { type Column, type Embed, nameColumn, nameEmbed, type OrderTerm, type Query } from '../query.ts';
import { findRelationship } from '../relationship.ts';
import { compileCondition } from './condition.ts';
import { compileField } from './field.ts';
import { type Comparable, compareValues } from './value.ts';

/** Creates the engine that queries the tables as they are at the time of a request. */
export function createMemoryEngine(tables: Tables): Engine {
  return (table, query) => compileQuery(tables, table, query)(tables[table]);
}

/** Adds a part of the response to `output`; returns false to leave the row out. */
type Project = (row: Row, output: Row) => boolean;

/** Compiles before it reads a row: whether a request is an error does not depend on the rows. */
function compileQuery(tables: Tables, table: TableName, query: Query): (rows: Row[]) => Result {
  const conditions = query.where.map((condition) => compileCondition(condition, table));
  const sort = compileOrder(query.order, table);
  const projects = query.select.map((item) =>
    item.kind === 'column' ? compileColumn(item, table) : compileEmbed(tables, table, item),
  );
  const { offset, limit = Number.POSITIVE_INFINITY } = query;
  const omitsRows = query.select.some((item) => item.kind !== 'column' && item.inner);
  return (all) => {
    const found = sort(all.filter((row) => conditions.every((holds) => holds(row) === true)));
    // A list of 49,000 rows is read in many pages: do not project the rows of the other pages.
    const kept = omitsRows ? found.filter((row) => projectRow(projects, row) !== undefined) : found;
    const page = kept.slice(offset, offset + limit).map((row) => projectRow(projects, row));
    return { rows: page.filter((row) => row !== undefined), total: kept.length };
  };
}

/** @returns the part of the response for a row; undefined if an inner embed without rows leaves it out */
function projectRow(projects: Project[], row: Row): Row | undefined {
  const output: Row = {};
  return projects.every((project) => project(row, output)) ? output : undefined;
}

function compileOrder(order: OrderTerm[], table: TableName): (rows: Row[]) => Row[] {
  const terms = order.map((term) => ({ ...term, ...compileField(term.field, table) }));
  if (terms.length === 0) return (rows) => rows;
  return (rows) => {
    const keyed = rows.map((row) => ({ row, keys: terms.map(({ readComparable }) => readComparable(row)) }));
    return keyed.sort((a, b) => compareKeys(a.keys, b.keys, terms)).map(({ row }) => row);
  };
}

function compareKeys(left: (Comparable | null)[], right: (Comparable | null)[], terms: OrderTerm[]): number {
  for (const [index, { descending, nullsFirst }] of terms.entries()) {
    const [a, b] = [left[index] ?? null, right[index] ?? null];
    if (a === b) continue;
    if (a === null || b === null) return (a === null) === nullsFirst ? -1 : 1;
    const difference = compareValues(a, b);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function compileColumn(column: Column, table: TableName): Project {
  if (column.cast !== undefined) throw createUnsupportedError('casts');
  if (column.field.name === '*') {
    const names = Object.keys(COLUMNS[table]);
    return (row, output) => {
      for (const name of names) output[name] = row[name] ?? null;
      return true;
    };
  }
  const { read } = compileField(column.field, table);
  const name = nameColumn(column);
  return (row, output) => {
    output[name] = read(row);
    return true;
  };
}

function compileEmbed(tables: Tables, table: TableName, embed: Embed): Project {
  const { inner, query } = embed;
  const relationship = findRelationship(table, embed.relation);
  const runEmbedded = compileQuery(tables, relationship.table, query);
  const name = nameEmbed(embed);
  let rowsByKey: Map<unknown, Row[]> | undefined;
  return (row, output) => {
    rowsByKey ??= Map.groupBy(tables[relationship.table], (other) => other[relationship.embeddedColumn]);
    const { rows } = runEmbedded(rowsByKey.get(row[relationship.column]) ?? []);
    if (query.select.length > 0) output[name] = relationship.toMany ? rows : (rows[0] ?? null);
    return !inner || rows.length > 0;
  };
}
