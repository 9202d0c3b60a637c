import type { Condition, Field, Filter } from './query.ts';
import { Scanner } from './scanner.ts';

const OPERATORS = new Set(
  'eq neq gt gte lt lte like ilike match imatch isdistinct fts plfts phfts wfts cs cd ov sl sr nxr nxl adj'.split(' '),
);
const QUANTIFIABLE = new Set(['eq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike', 'match', 'imatch']);

/** Parses a filter on a field: `not.` if negated, an operator and its value, which is the rest of the text. */
export function parseFilter(field: Field, text: string): Filter {
  const scan = new Scanner(text, 'filter');
  return readOperation(scan, field, () => scan.takeAll());
}

/** Parses `and=(…)` or `or=(…)`; PostgREST parses key and value as one text and ignores text after the tree. */
export function parseLogicTree(negated: boolean, operator: 'and' | 'or', text: string): Condition {
  return readMember(new Scanner(`${negated ? 'not.' : ''}${operator}${text}`, 'logic tree'));
}

function readMember(scan: Scanner): Condition {
  const [group, not, operator] = /^(not\.)?(and|or)[ \t]*(?=\()/.exec(scan.rest()) ?? [];
  if (group !== undefined) {
    scan.consume(group);
    return {
      kind: 'group',
      negated: not !== undefined,
      operator: operator === 'and' ? 'and' : 'or',
      members: readMembers(scan),
    };
  }
  const field = scan.readField();
  scan.skipSpace();
  scan.expect('.');
  return readOperation(scan, field, () => scan.readElement({ mayBeArray: true }));
}

function readMembers(scan: Scanner): Condition[] {
  scan.skipSpace();
  scan.expect('(');
  const members: Condition[] = [];
  do {
    scan.skipSpace();
    members.push(readMember(scan));
    scan.skipSpace();
  } while (scan.consume(','));
  scan.expect(')');
  scan.skipSpace();
  return members;
}

/** @param readSingle reads the value of an operator that takes one value */
function readOperation(scan: Scanner, field: Field, readSingle: () => string): Filter {
  const negated = scan.consume('not.');
  const create = (operator: string, values: string[]): Filter => ({ kind: 'filter', negated, field, operator, values });
  if (scan.consume('in.')) return create('in', readList(scan));
  if (scan.consume('is.')) return create('is', [readTrilean(scan)]);
  const [prefix = '', operator = '', quantifier] = /^([^.(]*)(?:\((any|all)\))?\./.exec(scan.rest()) ?? [];
  if (!OPERATORS.has(operator) || (quantifier !== undefined && !QUANTIFIABLE.has(operator))) {
    scan.fail('"not" or operator (eq, gt, ...)');
  }
  scan.consume(prefix);
  const filter = create(operator, [readSingle()]);
  return quantifier === 'any' || quantifier === 'all' ? { ...filter, quantifier } : filter;
}

function readList(scan: Scanner): string[] {
  scan.skipSpace();
  scan.expect('(');
  const values: string[] = [];
  do values.push(scan.readElement({ mayBeArray: false }));
  while (scan.consume(','));
  scan.expect(')');
  scan.skipSpace();
  return values.length === 1 && values[0] === '' ? [] : values;
}

function readTrilean(scan: Scanner): string {
  const [value] = /^(?:not_null|null|unknown|true|false)/i.exec(scan.rest()) ?? [];
  if (value === undefined) return scan.fail('isVal: (null, not_null, true, false, unknown)');
  scan.consume(value);
  return value.toLowerCase();
}
