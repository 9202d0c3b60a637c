import { PostgrestError } from './postgrest-error.ts';
import type { Condition, Field } from './postgrest-parse.ts';
import { COLUMNS, type ColumnType, type Row, type TableName } from './sapa-schema.ts';

/** SQL's three values: null is unknown. */
type Truth = boolean | null;
type Test = (value: unknown) => Truth;

// PostgreSQL sorts text by the database's locale; Supabase's is en_US.
export const collator = new Intl.Collator('en-US');

/** A condition ready to be tried on rows; unknown columns and values of the wrong type are PostgreSQL's errors. */
export function compile(condition: Condition, table: TableName): (row: Row) => Truth {
  if (condition.kind === 'group') {
    const members = condition.members.map((member) => compile(member, table));
    const combine = condition.operator === 'and' ? every : some;
    return (row) => not(combine(members, row), condition.negated);
  }
  const { field, operator, quantifier, values, negated } = condition;
  const read = reader(field, table);
  const tests = values.map((value) => test(operator, value, typeOf(field, table)));
  const combine = operator === 'in' || quantifier === 'any' ? some : every;
  return (row) => {
    const value = read(row);
    return not(combine(tests, value), negated);
  };
}

/** Reads a column, or a place in a JSON column, out of a row; null where there is nothing. */
export function reader({ name, path }: Field, table: TableName): (row: Row) => unknown {
  if (!Object.hasOwn(COLUMNS[table], name)) {
    throw new PostgrestError(400, '42703', `column ${table}.${name} does not exist`);
  }
  return (row) => path.reduce(step, row[name] ?? null);
}

/** The type of what `reader` reads. */
export function typeOf({ name, path }: Field, table: TableName): ColumnType {
  const last = path.at(-1);
  if (last) return last.asText ? 'text' : 'jsonb';
  return COLUMNS[table][name] ?? 'text';
}

/** Orders two values that are not null, as PostgreSQL orders the type. */
export function compare(a: unknown, b: unknown, type: ColumnType): number {
  if (type === 'text') return collator.compare(String(a), String(b));
  const [left, right] = [comparable(a, type), comparable(b, type)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function step(value: unknown, { key, asText }: Field['path'][number]): unknown {
  const index = Array.isArray(value) && Number(key) < 0 ? value.length + Number(key) : key;
  const next = typeof value === 'object' && value !== null ? ((value as Row)[index] ?? null) : null;
  if (!asText || next === null) return next;
  return typeof next === 'string' ? next : JSON.stringify(next);
}

function every<T>(tests: ((value: T) => Truth)[], value: T): Truth {
  const results = tests.map((one) => one(value));
  return results.includes(false) ? false : results.includes(null) ? null : true;
}

function some<T>(tests: ((value: T) => Truth)[], value: T): Truth {
  const results = tests.map((one) => one(value));
  return results.includes(true) ? true : results.includes(null) ? null : false;
}

function not(truth: Truth, negated: boolean): Truth {
  return negated && truth !== null ? !truth : truth;
}

function test(operator: string, literal: string, type: ColumnType): Test {
  switch (operator) {
    case 'eq':
    case 'in':
      return comparison(literal, type, (order) => order === 0);
    case 'neq':
      return comparison(literal, type, (order) => order !== 0);
    case 'gt':
      return comparison(literal, type, (order) => order > 0);
    case 'gte':
      return comparison(literal, type, (order) => order >= 0);
    case 'lt':
      return comparison(literal, type, (order) => order < 0);
    case 'lte':
      return comparison(literal, type, (order) => order <= 0);
    case 'isdistinct': {
      const differs = comparison(literal, type, (order) => order !== 0);
      return (value) => differs(value) ?? true;
    }
    case 'is':
      return isTest(literal, type);
    case 'like':
    case 'ilike':
      return pattern(operator, likeExpression(literal), type, 'su');
    case 'match':
    case 'imatch':
      return pattern(operator, literal, type, 's');
    default:
      throw new PostgrestError(501, 'STAND_IN', `the stand-in does not know the operator ${operator}`);
  }
}

function comparison(literal: string, type: ColumnType, fits: (order: number) => boolean): Test {
  const wanted = comparable(literal, type, true);
  return (value) => {
    if (value === null || value === undefined) return null;
    const found = comparable(value, type);
    // Equality of text is of its characters, not of its place in the locale's order.
    if (found === wanted) return fits(0);
    if (typeof found === 'string' && typeof wanted === 'string' && type === 'text') {
      return fits(collator.compare(found, wanted) || (found < wanted ? -1 : 1));
    }
    return fits(found < wanted ? -1 : 1);
  };
}

function isTest(literal: string, type: ColumnType): Test {
  if (literal === 'null' || literal === 'unknown') return (value) => value === null || value === undefined;
  if (literal === 'not_null') return (value) => value !== null && value !== undefined;
  if (type !== 'boolean')
    throw new PostgrestError(
      400,
      '42804',
      `argument of IS ${literal.toUpperCase()} must be type boolean, not type ${type}`,
    );
  return (value) => value === (literal === 'true');
}

function pattern(operator: string, expression: string, type: ColumnType, flags: string): Test {
  if (type !== 'text') {
    const sign = { like: '~~', ilike: '~~*', match: '~', imatch: '~*' }[operator];
    throw new PostgrestError(404, '42883', `operator does not exist: ${type} ${sign} unknown`, {
      hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
    });
  }
  const regExp = toRegExp(expression, operator.startsWith('i') ? `i${flags}` : flags);
  return (value) => (value === null || value === undefined ? null : regExp.test(String(value)));
}

function toRegExp(expression: string, flags: string): RegExp {
  try {
    return new RegExp(expression, flags);
  } catch {
    throw new PostgrestError(400, '2201B', 'invalid regular expression');
  }
}

/** LIKE as a regular expression: `%` and PostgREST's `*` any run, `_` one character, a backslash escapes. */
function likeExpression(like: string): string {
  let expression = '^';
  for (let at = 0; at < like.length; at += 1) {
    const character = like[at] ?? '';
    if (character === '%' || character === '*') expression += '.*';
    else if (character === '_') expression += '.';
    else if (character !== '\\') expression += RegExp.escape(character);
    else {
      at += 1;
      if (at === like.length) throw new PostgrestError(400, '22025', 'LIKE pattern must not end with escape character');
      // PostgREST has made % of every * before PostgreSQL sees the backslash.
      expression += RegExp.escape(like[at] === '*' ? '%' : (like[at] ?? ''));
    }
  }
  return `${expression}$`;
}

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** A value as something that JavaScript compares; a literal that PostgreSQL could not cast is its error. */
function comparable(value: unknown, type: ColumnType, isLiteral = false): string | number | boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const refuse = (code = '22P02') => {
    if (isLiteral)
      throw new PostgrestError(400, code, `invalid input syntax for type ${POSTGRES_NAMES[type]}: "${text}"`);
  };
  switch (type) {
    case 'text':
      return text;
    case 'uuid':
      if (!UUID.test(text)) refuse();
      return text.toLowerCase();
    case 'boolean': {
      const truth = /^(?:true|t|yes|y|on|1)$/i.test(text.trim());
      if (!truth && !/^(?:false|f|no|n|off|0)$/i.test(text.trim())) refuse();
      return truth;
    }
    case 'numeric':
      if (text.trim() === '' || Number.isNaN(Number(text))) refuse();
      return Number(text);
    case 'date':
    case 'timestamptz': {
      const time = type === 'date' ? Date.parse(text.slice(0, 10)) : timeOf(text);
      if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time)) refuse('22007');
      return time;
    }
    case 'jsonb':
      return canonicalJson(value, isLiteral, refuse);
  }
}

/** Milliseconds since the epoch; without a zone it is UTC, as Supabase's sessions are. */
function timeOf(text: string): number {
  const [, day = '', time = '00:00', zone = 'Z'] =
    /^(\S{10})(?:[T ](\S*?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/i.exec(text) ?? [];
  return Date.parse(`${day}T${time}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`);
}

function canonicalJson(value: unknown, isLiteral: boolean, refuse: () => void): string {
  if (!isLiteral) return JSON.stringify(value);
  try {
    return JSON.stringify(JSON.parse(String(value)));
  } catch {
    refuse();
    return '';
  }
}

const POSTGRES_NAMES: Record<ColumnType, string> = {
  uuid: 'uuid',
  text: 'text',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamp with time zone',
  numeric: 'numeric',
  jsonb: 'json',
};
