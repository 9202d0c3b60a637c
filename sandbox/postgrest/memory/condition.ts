import type { ColumnType, Row, TableName } from '../../sapa-schema.ts';
import { createSqlError, createUnsupportedError } from '../error.ts';
import type { Condition, Filter } from '../query.ts';
import { parseArray } from './array.ts';
import { compileField } from './field.ts';
import { compilePattern } from './pattern.ts';
import { type Comparable, compareValues, parseLiteral } from './value.ts';

/** A truth value of SQL; null is unknown. */
type Truth = boolean | null;
type Test = (value: Comparable | null) => Truth;

/**
 * Compiles a condition.
 * @throws PostgrestError with PostgreSQL's SQLSTATE for an unknown column and for a value of the wrong type
 */
export function compileCondition(condition: Condition, table: TableName): (row: Row) => Truth {
  if (condition.kind === 'filter') return compileFilter(condition, table);
  const members = condition.members.map((member) => compileCondition(member, table));
  const combine = condition.operator === 'and' ? every : some;
  return (row) => negate(combine(members, row), condition.negated);
}

function compileFilter(filter: Filter, table: TableName): (row: Row) => Truth {
  const { field, operator, quantifier, negated } = filter;
  const { readComparable, type } = compileField(field, table);
  const values = quantifier === undefined ? filter.values : filter.values.flatMap(parseArray);
  const tests = values.map((value) => compileTest(operator, value, type));
  const combine = operator === 'in' || quantifier === 'any' ? some : every;
  return (row) => negate(combine(tests, readComparable(row)), negated);
}

function every<T>(tests: ((value: T) => Truth)[], value: T): Truth {
  const results = tests.map((test) => test(value));
  return results.includes(false) ? false : results.includes(null) ? null : true;
}

function some<T>(tests: ((value: T) => Truth)[], value: T): Truth {
  const results = tests.map((test) => test(value));
  return results.includes(true) ? true : results.includes(null) ? null : false;
}

function negate(truth: Truth, negated: boolean): Truth {
  return negated && truth !== null ? !truth : truth;
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  eq: (order) => order === 0,
  in: (order) => order === 0,
  neq: (order) => order !== 0,
  isdistinct: (order) => order !== 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
};

/** Compiles an operator with its value. */
function compileTest(operator: string, literal: string, type: ColumnType): Test {
  if (operator === 'is') return compileIs(literal, type);
  const accepts = COMPARISONS[operator];
  if (accepts === undefined) {
    const matches = compilePattern(operator, literal, type);
    if (matches === undefined) throw createUnsupportedError(`the operator ${operator}`);
    return (value) => (value === null ? null : matches(String(value)));
  }
  const wanted = parseLiteral(literal, type);
  const ofNull = operator === 'isdistinct' ? true : null;
  return (value) => (value === null ? ofNull : accepts(compareValues(value, wanted)));
}

function compileIs(literal: string, type: ColumnType): Test {
  if (literal === 'null') return (value) => value === null;
  if (literal === 'not_null') return (value) => value !== null;
  if (type !== 'boolean') throw createSqlError('42804', `argument of IS ${literal} must be type boolean, not ${type}`);
  const wanted = literal === 'unknown' ? null : literal === 'true';
  return (value) => value === wanted;
}
