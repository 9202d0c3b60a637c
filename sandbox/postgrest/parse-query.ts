import { PostgrestError } from './error.ts';
import { parseFilter, parseLogicTree } from './parse-condition.ts';
import { parseSelect } from './parse-select.ts';
import { nameEmbed, type OrderTerm, type Query } from './query.ts';
import { Scanner } from './scanner.ts';

const RESERVED = new Set(['select', 'columns', 'on_conflict']);

/**
 * Parses a query string as PostgREST does.
 * @throws PostgrestError PGRST100 for text that cannot be parsed, PGRST108 for a key about a table that is not embedded
 * @see https://github.com/PostgREST/postgrest/blob/main/src/PostgREST/ApiRequest/QueryParams.hs for the grammar
 */
export function parseQuery(params: URLSearchParams): Query {
  const query = parseSelect(params.get('select') ?? '*');
  for (const [key, value] of params) if (!RESERVED.has(key)) applyParameter(query, key, value);
  return query;
}

function applyParameter(root: Query, key: string, value: string): void {
  const scan = new Scanner(key, 'tree path');
  const names = [scan.readName()];
  while (scan.consume('.')) names.push(scan.readName());
  const path = scan.readJsonPath();
  const last = names.pop() ?? '';
  const isLogic = last === 'and' || last === 'or';
  const negated = isLogic && names.at(-1) === 'not';
  if (negated) names.pop();
  const query = names.reduce(findEmbedded, root);
  if (last === 'order') query.order = parseOrder(value);
  else if (last === 'limit') query.limit = parseInteger(value);
  else if (last === 'offset') query.offset = Math.max(0, parseInteger(value) ?? 0);
  else if (isLogic) query.where.push(parseLogicTree(negated, last, value));
  else query.where.push(parseFilter({ name: last, path }, value));
}

/** PostgREST ignores a limit or an offset that is not an integer. */
function parseInteger(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function findEmbedded(query: Query, name: string): Query {
  for (const item of query.select) if (item.kind === 'embed' && nameEmbed(item) === name) return item.query;
  throw new PostgrestError(400, 'PGRST108', `'${name}' is not an embedded resource in this request`);
}

function parseOrder(text: string): OrderTerm[] {
  const scan = new Scanner(text, 'order');
  const terms: OrderTerm[] = [];
  do {
    scan.skipSpace();
    const field = scan.readField();
    const descending = scan.consume('.desc');
    if (!descending) scan.consume('.asc');
    const nullsFirst = scan.consume('.nullsfirst');
    const nullsLast = !nullsFirst && scan.consume('.nullslast');
    scan.skipSpace();
    terms.push({ field, descending, nullsFirst: nullsFirst || (descending && !nullsLast) });
  } while (scan.consume(','));
  scan.expectEnd();
  return terms;
}
