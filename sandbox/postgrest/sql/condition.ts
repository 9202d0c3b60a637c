import { createUnsupportedError } from '../error.ts';
import type { Condition, Filter } from '../query.ts';
import { quoteLiteral, translateField } from './field.ts';

const OPERATORS: Record<string, string> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  isdistinct: 'is distinct from',
  cs: '@>',
  cd: '<@',
  ov: '&&',
};

/** Translates a condition on the table with the given alias. */
export function translateCondition(condition: Condition, alias: string): string {
  const sql = condition.kind === 'filter' ? translateFilter(condition, alias) : translateMembers(condition, alias);
  return condition.negated ? `not (${sql})` : sql;
}

function translateMembers({ members, operator }: Extract<Condition, { kind: 'group' }>, alias: string): string {
  return `(${members.map((member) => translateCondition(member, alias)).join(` ${operator} `)})`;
}

function translateFilter({ field, operator, quantifier, values }: Filter, alias: string): string {
  const left = translateField(field, alias);
  const [value = ''] = values;
  if (operator === 'in') return `${left} = any (${quoteLiteral(writeArray(values))})`;
  if (operator === 'is') return `${left} is ${value.replace('_', ' ')}`;
  if (operator === 'fts') return `to_tsvector(${left}) @@ to_tsquery(${quoteLiteral(value)})`;
  const sqlOperator = OPERATORS[operator];
  if (sqlOperator === undefined) throw createUnsupportedError(`the operator ${operator}`);
  const isLike = operator === 'like' || operator === 'ilike';
  const literal = quoteLiteral(isLike ? value.replaceAll('*', '%') : value);
  return `${left} ${sqlOperator} ${quantifier === undefined ? literal : `${quantifier} (${literal})`}`;
}

/** Writes an array literal of PostgreSQL. */
function writeArray(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
