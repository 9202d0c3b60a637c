import { PostgrestError } from './postgrest-error.ts';
import { compare, compile, reader, typeOf } from './postgrest-filter.ts';
import type { Column, Embed, OrderTerm, Query } from './postgrest-parse.ts';
import { COLUMNS, FOREIGN_KEYS, isTable, type Row, type TableName, type Tables } from './sapa-schema.ts';

/** The rows that a query gives, and how many there were before offset, limit and `maxRows`. */
export interface Result {
  rows: Row[];
  total: number;
}

/** Runs a parsed query on tables in memory; what PostgREST or PostgreSQL would refuse is a PostgrestError. */
export function run(tables: Tables, table: TableName, query: Query, maxRows: number): Result {
  const finish = prepare(tables, table, query, maxRows);
  return finish(tables[table]);
}

type Finish = (rows: Row[]) => Result;
type Project = (row: Row, output: Row) => boolean;

/** Everything that can be refused is refused here, whether or not there are rows. */
function prepare(tables: Tables, table: TableName, query: Query, maxRows: number): Finish {
  const conditions = query.where.map((condition) => compile(condition, table));
  const sort = sorter(query.order, table);
  const projects = query.select.map((item) =>
    item.kind === 'column' ? projectColumn(item, table) : projectEmbed(tables, table, item, maxRows),
  );
  const limit = Math.min(query.limit ?? maxRows, maxRows);
  return (all) => {
    const found = all.filter((row) => conditions.every((holds) => holds(row) === true)).sort(sort);
    const outputs: Row[] = [];
    let total = 0;
    for (const row of found) {
      const output: Row = {};
      // An embedded resource with !inner that is empty takes its row away.
      if (!projects.every((project) => project(row, output))) continue;
      if (total >= query.offset && outputs.length < limit) outputs.push(output);
      total += 1;
    }
    return { rows: outputs, total };
  };
}

function sorter(order: OrderTerm[], table: TableName): (a: Row, b: Row) => number {
  const terms = order.map((term) => ({ ...term, read: reader(term.field, table), type: typeOf(term.field, table) }));
  return (a, b) => {
    for (const { read, type, descending, nullsFirst } of terms) {
      const [left, right] = [read(a), read(b)];
      if (left === null && right === null) continue;
      if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
      const difference = compare(left, right, type);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  };
}

function projectColumn({ field, alias, cast }: Column, table: TableName): Project {
  if (field.name === '*') {
    const names = Object.keys(COLUMNS[table]);
    return (row, output) => {
      for (const name of names) output[name] = row[name] ?? null;
      return true;
    };
  }
  const read = reader(field, table);
  const name = alias ?? field.path.at(-1)?.key ?? field.name;
  return (row, output) => {
    const value = read(row);
    output[name] = cast === 'text' && value !== null && typeof value !== 'string' ? JSON.stringify(value) : value;
    return true;
  };
}

function projectEmbed(tables: Tables, table: TableName, embed: Embed, maxRows: number): Project {
  const { relation, alias = relation, inner, query } = embed;
  const key = isTable(relation) ? FOREIGN_KEYS.find((one) => joins(one, table, relation)) : undefined;
  if (!key || !isTable(relation)) throw noRelationship(table, relation);
  const finish = prepare(tables, relation, query, maxRows);
  const toMany = key.table === relation;
  const [ours, theirs] = toMany ? ['id', key.column] : [key.column, 'id'];
  let groups: Map<unknown, Row[]> | undefined;
  return (row, output) => {
    groups ??= Map.groupBy(tables[relation], (other) => other[theirs]);
    const { rows } = finish(groups.get(row[ours]) ?? []);
    if (query.select.length > 0) output[alias] = toMany ? rows : (rows[0] ?? null);
    return !inner || rows.length > 0;
  };
}

function joins(key: (typeof FOREIGN_KEYS)[number], a: TableName, b: TableName): boolean {
  return (key.table === a && key.to === b) || (key.table === b && key.to === a);
}

function noRelationship(table: string, relation: string): PostgrestError {
  const message = `Could not find a relationship between '${table}' and '${relation}' in the schema cache`;
  return new PostgrestError(400, 'PGRST200', message, {
    details: `Searched for a foreign key relationship between '${table}' and '${relation}' in the schema 'public', but no matches were found.`,
  });
}
