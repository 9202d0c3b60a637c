import { PostgrestError } from './postgrest-error.ts';
import { arrayLiteral, type Field, Scanner } from './postgrest-scan.ts';

export type { Field } from './postgrest-scan.ts';

export type Condition =
  | { kind: 'group'; negated: boolean; operator: 'and' | 'or'; members: Condition[] }
  | { kind: 'filter'; negated: boolean; field: Field; operator: string; quantifier?: 'any' | 'all'; values: string[] };

export interface Column {
  kind: 'column';
  field: Field;
  alias: string | undefined;
  cast: string | undefined;
}

export interface Embed {
  kind: 'embed';
  relation: string;
  alias: string | undefined;
  inner: boolean;
  query: Query;
}

export interface OrderTerm {
  field: Field;
  descending: boolean;
  nullsFirst: boolean;
}

/** What is asked of one table; embedded resources hold their own. */
export interface Query {
  select: (Column | Embed)[];
  where: Condition[];
  order: OrderTerm[];
  limit: number | undefined;
  offset: number;
}

const OPERATORS =
  'eq neq gt gte lt lte like ilike match imatch isdistinct fts plfts phfts wfts cs cd ov sl sr nxr nxl adj'.split(' ');
const QUANTIFIABLE = new Set(['eq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike', 'match', 'imatch']);
const RESERVED = new Set(['select', 'columns', 'on_conflict', 'apikey']);

/**
 * Reads a query string as PostgREST does; what can't be read is its PGRST100.
 * @see PostgREST's src/PostgREST/ApiRequest/QueryParams.hs, whose grammar this follows, quoting rules included
 */
export function parseQuery(params: URLSearchParams): Query {
  const query = parseSelect(params.get('select') ?? '*');
  for (const [key, value] of params) if (!RESERVED.has(key)) apply(query, key, value);
  return query;
}

function apply(root: Query, key: string, value: string): void {
  const scan = new Scanner(key, `failed to parse tree path (${key})`);
  const names = [scan.fieldName()];
  while (scan.skip('.')) names.push(scan.fieldName());
  const path = scan.jsonPath();
  const last = names.pop() ?? '';
  const negatedLogic = (last === 'and' || last === 'or') && names.at(-1) === 'not';
  if (negatedLogic) names.pop();
  const query = names.reduce(embedded, root);
  if (last === 'order') query.order = parseOrder(value);
  else if (last === 'limit') query.limit = /^\d+$/.test(value) ? Number(value) : undefined;
  else if (last === 'offset') query.offset = /^\d+$/.test(value) ? Number(value) : 0;
  else if (last === 'and' || last === 'or') query.where.push(parseLogic(negatedLogic, last, value));
  else query.where.push(parseFilter({ name: last, path }, value));
}

function embedded(query: Query, name: string): Query {
  const embed = query.select.find((item) => item.kind === 'embed' && (item.alias ?? item.relation) === name);
  if (embed?.kind === 'embed') return embed.query;
  throw new PostgrestError(400, 'PGRST108', `'${name}' is not an embedded resource in this request`, {
    hint: `Verify that '${name}' is included in the 'select' query parameter.`,
  });
}

function parseSelect(text: string): Query {
  const scan = new Scanner(text, `failed to parse select parameter (${text})`);
  const select = text === '' ? [] : selection(scan);
  scan.end();
  return blank(select);
}

function blank(select: Query['select']): Query {
  return { select, where: [], order: [], limit: undefined, offset: 0 };
}

function selection(scan: Scanner): Query['select'] {
  const items = [selectItem(scan)];
  while (scan.skip(',')) items.push(selectItem(scan));
  return items;
}

function selectItem(scan: Scanner): Column | Embed {
  scan.space();
  if (scan.skip('*')) return { kind: 'column', field: { name: '*', path: [] }, alias: undefined, cast: undefined };
  let name = scan.fieldName();
  const hasAlias = scan.next() === ':' && scan.next(1) !== ':';
  const alias = hasAlias ? name : undefined;
  if (hasAlias) {
    scan.skip(':');
    name = scan.fieldName();
  }
  const hints: string[] = [];
  while (scan.skip('!')) hints.push(scan.fieldName());
  if (scan.skip('(')) {
    const query = blank(scan.next() === ')' ? [] : selection(scan));
    scan.expect(')');
    if (query.select.length === 0 && name === 'count') throw aggregatesOff();
    return { kind: 'embed', relation: name, alias, inner: hints.includes('inner'), query };
  }
  const path = scan.jsonPath();
  if (/^\.(?:count|sum|avg|min|max)\(/.test(scan.rest())) throw aggregatesOff();
  const cast = scan.skip('::') ? scan.fieldName() : undefined;
  scan.space();
  return { kind: 'column', field: { name, path }, alias, cast };
}

function aggregatesOff(): PostgrestError {
  return new PostgrestError(400, 'PGRST123', 'Use of aggregate functions is not allowed');
}

function parseOrder(text: string): OrderTerm[] {
  const scan = new Scanner(text, `failed to parse order (${text})`);
  const terms: OrderTerm[] = [];
  do {
    scan.space();
    const field = { name: scan.fieldName(), path: scan.jsonPath() };
    const descending = scan.skip('.desc');
    if (!descending) scan.skip('.asc');
    const first = scan.skip('.nullsfirst');
    const last = !first && scan.skip('.nullslast');
    scan.space();
    terms.push({ field, descending, nullsFirst: first || (descending && !last) });
  } while (scan.skip(','));
  scan.end();
  return terms;
}

function parseFilter(field: Field, text: string): Condition {
  const scan = new Scanner(text, `failed to parse filter (${text})`);
  return operation(scan, field, () => scan.takeAll());
}

function parseLogic(negated: boolean, operator: 'and' | 'or', text: string): Condition {
  const scan = new Scanner(text, `failed to parse logic tree (${text})`);
  return { kind: 'group', negated, operator, members: members(scan) };
}

function members(scan: Scanner): Condition[] {
  scan.space();
  scan.expect('(');
  const list: Condition[] = [];
  do {
    scan.space();
    list.push(member(scan));
    scan.space();
  } while (scan.skip(','));
  scan.expect(')');
  scan.space();
  return list;
}

function member(scan: Scanner): Condition {
  const group = /^(not\.)?(and|or)[ \t]*(?=\()/.exec(scan.rest());
  if (group) {
    scan.skip(group[0]);
    return {
      kind: 'group',
      negated: group[1] !== undefined,
      operator: group[2] as 'and' | 'or',
      members: members(scan),
    };
  }
  const field = { name: scan.fieldName(), path: scan.jsonPath() };
  scan.space();
  scan.expect('.');
  return operation(scan, field, () => scan.element(true));
}

/** `not.` and an operator with its value; `single` reads the value of an operator that takes one. */
function operation(scan: Scanner, field: Field, single: () => string): Condition {
  const negated = scan.skip('not.');
  if (scan.skip('in.')) return { kind: 'filter', negated, field, operator: 'in', values: list(scan) };
  if (scan.skip('is.')) return { kind: 'filter', negated, field, operator: 'is', values: [trilean(scan)] };
  const [whole = '', operator = '', quantifier] = /^([^.(]*)(?:\((any|all)\))?\./.exec(scan.rest()) ?? [];
  if (whole === '') scan.fail('expecting "not" or operator (eq, gt, ...)');
  if (!OPERATORS.includes(operator)) scan.fail(`unknown single value operator ${operator}`);
  scan.skip(whole);
  if (quantifier === undefined) return { kind: 'filter', negated, field, operator, values: [single()] };
  if (!QUANTIFIABLE.has(operator)) scan.fail(`unknown single value operator ${operator}(${quantifier})`);
  const values = arrayLiteral(single());
  return { kind: 'filter', negated, field, operator, quantifier: quantifier as 'any' | 'all', values };
}

function list(scan: Scanner): string[] {
  scan.space();
  scan.expect('(');
  const values: string[] = [];
  do values.push(scan.element(false));
  while (scan.skip(','));
  scan.expect(')');
  scan.space();
  return values.length === 1 && values[0] === '' ? [] : values;
}

function trilean(scan: Scanner): string {
  const [value] = /^(?:not_null|null|unknown|true|false)/i.exec(scan.rest()) ?? [];
  if (value === undefined) return scan.fail('expecting null or trilean value (unknown, true, false)');
  scan.skip(value);
  return value.toLowerCase();
}
