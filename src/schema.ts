import type TypeBox from 'typebox';

type Builders = Pick<
  typeof TypeBox,
  | 'Array'
  | 'Boolean'
  | 'Enum'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'String'
  | 'Union'
  | 'Unknown'
>;
type Keywords = Record<string, unknown>;

const of = (kind: string, keywords: Keywords, options: Keywords = {}) =>
  marked({ ...keywords, ...options }, '~kind', kind);
const ofType = (kind: string, type: string) => (options?: Keywords) => of(kind, { type }, options);

/** TypeBox keeps what is no JSON Schema in properties that are not enumerated. */
function marked(schema: Keywords, mark: string, value: unknown): Keywords {
  return Object.defineProperty(schema, mark, { value, configurable: true, writable: true, enumerable: false });
}

/**
 * TypeBox's builders, as many as we use, with its types; they make the very schemas that TypeBox's own make. TypeBox
 * itself is nearly half of the files that a start would have to load: checks load it when they are first asked.
 */
export const Type = {
  Array: (items: Keywords, options?: Keywords) => of('Array', { type: 'array', items }, options),
  Boolean: ofType('Boolean', 'boolean'),
  Enum: (values: unknown[], options?: Keywords) => of('Enum', { enum: values }, options),
  Integer: ofType('Integer', 'integer'),
  Literal: (value: unknown, options?: Keywords) => of('Literal', { type: typeof value, const: value }, options),
  Null: ofType('Null', 'null'),
  Number: ofType('Number', 'number'),
  Object: (properties: Record<string, Keywords>, options?: Keywords) => {
    const required = Object.keys(properties).filter((name) => !('~optional' in (properties[name] ?? {})));
    return of('Object', { type: 'object', ...(required.length > 0 ? { required } : {}), properties }, options);
  },
  Optional: (schema: Keywords) => {
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)) as Keywords;
    return marked(copy, '~optional', true);
  },
  String: ofType('String', 'string'),
  Union: (anyOf: Keywords[], options?: Keywords) => of('Union', { anyOf }, options),
  Unknown: (options?: Keywords) => of('Unknown', {}, options),
} as unknown as Builders;
