import type { Field } from '../query.ts';

/** Translates a column with its JSON path; PostgREST converts a column to JSON before it reads a path in it. */
export function translateField({ name, path }: Field, alias: string): string {
  const column = `${alias}.${quoteName(name)}`;
  const steps = path.map(({ key, asText }) => {
    return `${asText ? '->>' : '->'}${typeof key === 'number' ? key : quoteLiteral(key)}`;
  });
  return steps.length === 0 ? column : `(to_jsonb(${column})${steps.join('')})`;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
