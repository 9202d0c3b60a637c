import type { TableName } from '../../sapa-schema.ts';
import { type Column, type Embed, nameColumn, nameEmbed, type OrderTerm, type Query } from '../query.ts';
import { findRelationship } from '../relationship.ts';
import { translateCondition } from './condition.ts';
import { quoteName, translateField } from './field.ts';

/**
 * Translates a query to a SELECT, as PostgREST does. PostgreSQL finds the errors in it.
 * @throws PostgrestError PGRST200
 */
export function translateQuery(table: TableName, query: Query): string {
  return translateLevel(table, query, 0, []);
}

/** @param level the depth of embedding: the table's alias is `t` and this number */
function translateLevel(table: TableName, query: Query, level: number, joins: string[]): string {
  const alias = `t${level}`;
  const columns: string[] = [];
  const conditions = [...joins, ...query.where.map((condition) => translateCondition(condition, alias))];
  for (const item of query.select) {
    if (item.kind === 'column') {
      columns.push(translateColumn(item, alias));
      continue;
    }
    const rows = translateEmbedded(table, item, level);
    if (item.query.select.length > 0) columns.push(`${aggregate(table, item, rows)} as ${quoteName(nameEmbed(item))}`);
    if (item.inner) conditions.push(`exists (${rows})`);
  }
  return [
    `select ${columns.join(', ')} from public.${quoteName(table)} ${alias}`,
    conditions.length > 0 ? `where ${conditions.join(' and ')}` : '',
    query.order.length > 0 ? `order by ${query.order.map((term) => translateOrder(term, alias)).join(', ')}` : '',
    query.limit === undefined ? '' : `limit ${query.limit}`,
    `offset ${query.offset}`,
  ].join(' ');
}

function translateColumn(column: Column, alias: string): string {
  if (column.field.name === '*') return `${alias}.*`;
  const field = translateField(column.field, alias);
  // A type name has no quotes, so that PostgreSQL accepts synonyms like `int`; the grammar admits only word characters.
  const value = column.cast === undefined ? field : `cast(${field} as ${column.cast})`;
  return `${value} as ${quoteName(nameColumn(column))}`;
}

function translateOrder({ field, descending, nullsFirst }: OrderTerm, alias: string): string {
  return `${translateField(field, alias)} ${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`;
}

function translateEmbedded(table: TableName, embed: Embed, level: number): string {
  const relationship = findRelationship(table, embed.relation);
  const join = `t${level + 1}.${quoteName(relationship.embeddedColumn)} = t${level}.${quoteName(relationship.column)}`;
  return translateLevel(relationship.table, embed.query, level + 1, [join]);
}

function aggregate(table: TableName, embed: Embed, rows: string): string {
  const { toMany } = findRelationship(table, embed.relation);
  const json = toMany ? "coalesce(jsonb_agg(part), '[]')" : 'to_jsonb(part)';
  return `(select ${json} from (${rows}) part)`;
}
