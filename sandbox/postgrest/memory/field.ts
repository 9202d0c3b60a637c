import { COLUMNS, type ColumnType, type Row, type TableName } from '../../sapa-schema.ts';
import { createSqlError } from '../error.ts';
import type { Field, JsonStep } from '../query.ts';
import { type Comparable, toComparable } from './value.ts';

/**
 * Compiles a column with its JSON path.
 * @throws PostgrestError 42703 for an unknown column
 */
export function compileField({ name, path }: Field, table: TableName): CompiledField {
  const columnType = Object.hasOwn(COLUMNS[table], name) ? COLUMNS[table][name] : undefined;
  if (columnType === undefined) throw createSqlError('42703', `column ${table}.${name} does not exist`);
  const last = path.at(-1);
  const type = last === undefined ? columnType : last.asText ? 'text' : 'jsonb';
  const read = (row: Row) => path.reduce(readStep, row[name] ?? null);
  const readComparable = (row: Row) => {
    const value = read(row);
    return value === null ? null : toComparable(value, type);
  };
  return { read, readComparable, type };
}

/** Reads one column of a table, or a value inside it. */
export interface CompiledField {
  /** Reads the value from a row; null when the row has no value. */
  read: (row: Row) => unknown;
  /** Reads the value in the form that `compareValues` takes; null when the row has no value. */
  readComparable: (row: Row) => Comparable | null;
  type: ColumnType;
}

function readStep(value: unknown, { key, asText }: JsonStep): unknown {
  const found = readMember(value, key) ?? null;
  if (!asText || found === null || typeof found === 'string') return found;
  return JSON.stringify(found);
}

/** Returns undefined for an index into an object and for a key of an array, as PostgreSQL does. */
function readMember(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value.at(key) : undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Row)[key] : undefined;
}
