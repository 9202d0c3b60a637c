/** A parsed request for rows of one table; each embedded table has its own query. */
export interface Query {
  select: (Column | Embed)[];
  where: Condition[];
  order: OrderTerm[];
  /** undefined: only `maxRows` limits the rows. */
  limit: number | undefined;
  offset: number;
}

export interface Column {
  kind: 'column';
  /** `*` is every column of the table. */
  field: Field;
  alias: string | undefined;
  cast: string | undefined;
}

export interface Embed {
  kind: 'embed';
  /** The name of the other table, or of our foreign key column. */
  relation: string;
  alias: string | undefined;
  /** Whether a row without embedded rows is left out. */
  inner: boolean;
  query: Query;
}

/** A column, or a value inside a JSON column. */
export interface Field {
  name: string;
  path: JsonStep[];
}

/** A step into JSON: `->` or, as text, `->>`; an index applies to arrays only, a key to objects only. */
export interface JsonStep {
  key: string | number;
  asText: boolean;
}

export interface OrderTerm {
  field: Field;
  descending: boolean;
  nullsFirst: boolean;
}

export type Condition = Group | Filter;

export interface Group {
  kind: 'group';
  negated: boolean;
  operator: 'and' | 'or';
  members: Condition[];
}

export interface Filter {
  kind: 'filter';
  negated: boolean;
  field: Field;
  operator: string;
  /** With a quantifier, the only value is an array literal of PostgreSQL: `{a,"b,c"}`. */
  quantifier?: 'any' | 'all';
  /** Any number of values for `in`, one for every other operator. */
  values: string[];
}

/** Names a column of the response: its alias, else the last key of its JSON path, else the column. */
export function nameColumn({ field, alias }: Column): string {
  const key = field.path.findLast((step) => typeof step.key === 'string')?.key;
  return alias ?? String(key ?? field.name);
}

/** Names an embedded table in the response and in the keys of the query string. */
export function nameEmbed({ relation, alias }: Embed): string {
  return alias ?? relation;
}

/** Lowers the limits of a query and of everything that it embeds to `maxRows`, as PostgREST's `db-max-rows` does. */
export function capLimits(query: Query, maxRows: number): Query {
  const select = query.select.map((item) =>
    item.kind === 'embed' ? { ...item, query: capLimits(item.query, maxRows) } : item,
  );
  return { ...query, select, limit: Math.min(query.limit ?? maxRows, maxRows) };
}
