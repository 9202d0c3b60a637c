import type { ColumnType } from '../../sapa-schema.ts';
import { createSqlError } from '../error.ts';

/** A value in a form that JavaScript compares as PostgreSQL does; NaN for a text that is no value of the type. */
export type Comparable = string | number | boolean;

/**
 * Parses the value of a filter.
 * @throws PostgrestError 22P02, 22007 or 22008 when PostgreSQL could not cast it to the type
 */
export function parseLiteral(literal: string, type: ColumnType): Comparable {
  const parsed = toComparable(type === 'jsonb' ? parseJson(literal) : literal, type);
  if (!Number.isNaN(parsed)) return parsed;
  const isTime = type === 'date' || type === 'timestamptz';
  throw createSqlError(isTime ? '22007' : '22P02', `invalid input syntax for type ${type}: "${literal}"`);
}

/** Converts a value of a row that is not null. */
export function toComparable(value: unknown, type: ColumnType): Comparable {
  if (type === 'jsonb') return JSON.stringify(value);
  const text = String(value);
  if (type === 'text') return text;
  if (type === 'uuid') return parseUuid(text);
  if (type === 'boolean') return parseBoolean(text.trim().toLowerCase());
  if (type === 'numeric') return text.trim() === '' ? Number.NaN : Number(text);
  return parseTime(type === 'date' ? text.slice(0, 10) : text);
}

/** Compares two values of one type; JSON values for equality only. */
export function compareValues(a: Comparable, b: Comparable): number {
  if (a === b) return 0;
  // PostgreSQL sorts NaN after every number.
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  // The recorded database has the locale C: it sorts text by code point, as `<` does for all but emoji.
  return a < b ? -1 : 1;
}

function parseJson(literal: string): unknown {
  try {
    return JSON.parse(literal);
  } catch {
    throw createSqlError('22P02', 'invalid input syntax for type json');
  }
}

function parseUuid(text: string): string | number {
  const digits = text.replace(/^\{(.*)\}$/, '$1').replaceAll('-', '');
  return /^[\da-f]{32}$/i.test(digits) ? digits.toLowerCase() : Number.NaN;
}

function parseBoolean(text: string): boolean | number {
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(text)) return true;
  return ['false', 'f', 'no', 'n', 'off', '0'].includes(text) ? false : Number.NaN;
}

const TIME =
  /^(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)(?:[T ](?<hour>\d\d?):(?<minute>\d\d)(?::(?<second>\d\d(?:\.\d+)?))?)?\s*(?:Z|(?<zone>[+-]\d\d)(?::?(?<zoneMinute>\d\d))?)?$/i;

/**
 * Parses a date or a time; a time without a zone is UTC, as in Supabase's sessions.
 * @returns microseconds since the epoch
 */
function parseTime(text: string): number {
  if (/^[+-]?infinity$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const parts = TIME.exec(text)?.groups;
  if (!parts) return Number.NaN;
  const number = (name: string) => Number(parts[name] ?? 0);
  const midnight = new Date(Date.UTC(number('year'), number('month') - 1, number('day')));
  if (midnight.getUTCMonth() !== number('month') - 1) {
    throw createSqlError('22008', `date/time field value out of range: "${text}"`);
  }
  const zoneMinutes = Math.sign(number('zone') || 1) * number('zoneMinute') + number('zone') * 60;
  const minutes = number('hour') * 60 + number('minute') - zoneMinutes;
  return midnight.getTime() * 1000 + Math.round((minutes * 60 + number('second')) * 1_000_000);
}
