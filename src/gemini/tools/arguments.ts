import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Convert } from 'typebox/value';
import { parseDay, parseMonth } from '../../supabase/calendar.ts';
import { parseAmount } from '../../supabase/rupiah.ts';
import { MAX_LIMIT, MONTH_PATTERN, TOOLS, type ToolArguments, type ToolName } from './schemas.ts';

/** Arguments that match the schema but cannot be executed; the message is for the model. */
export class InvalidToolArguments extends Error {}

type CheckedArguments<Name extends ToolName> = { ok: true; args: ToolArguments[Name] } | { ok: false; error: string };

/** Maximum length of a value in an error, characters. */
const MAX_SHOWN_LENGTH = 60;
/** Maximum number of unknown parameters in an error. */
const MAX_SHOWN_PARAMETERS = 5;

/** Returns whether a tool has this name; members of Object.prototype are no tools. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

/**
 * Coerces and validates the model's arguments: `"20"`, `2026-9`, `This week` and null (absent) are accepted. Errors are
 * sentences for the model. Rejects unknown parameters, because the model would believe that they had an effect.
 */
export function checkArguments<Name extends ToolName>(name: Name, given: unknown): CheckedArguments<Name> {
  const properties: Record<string, TSchema> = TOOLS[name].parameters.properties;
  const parameters = joinNames(Object.keys(properties));
  const source = given ?? {};
  if (typeof source !== 'object' || Array.isArray(source)) {
    return { ok: false, error: `Argumen ${name} harus berupa objek dengan parameter: ${parameters}.` };
  }
  const args: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(source)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!schema) unknown.push(showValue(key));
    else if (!isAbsent(value)) args[key] = coerce(value, schema);
  }
  const errors = invalidParameters(name, args).map(
    (key) => `${key} ${showValue(args[key])} tidak sesuai: harus ${describeExpected(properties[key] ?? {})}`,
  );
  if (unknown.length > 0) {
    const names = joinNames(unknown.slice(0, MAX_SHOWN_PARAMETERS));
    errors.unshift(`parameter ${names} tidak dikenal; yang ada: ${parameters}`);
  }
  if (errors.length > 0) return { ok: false, error: `${name}: ${errors.join('; ')}.` };
  return { ok: true, args: args as ToolArguments[Name] };
}

/** Normalizes a code filter: no spaces, no dots at its ends. @throws InvalidToolArguments if nothing is left */
export function parseCodeFilter(code: string): string {
  const segments = code.replace(/\s+/g, '').split('.');
  const clean = segments.slice(Math.max(0, segments.findIndex(Boolean)), segments.findLastIndex(Boolean) + 1).join('.');
  if (!clean) throw new InvalidToolArguments('code harus berisi sedikitnya satu segmen kode.');
  return clean;
}

/** Returns the first digits of an account. @throws InvalidToolArguments unless there are 1 to 6 digits */
export function parseAccountDigits(account: string): string {
  const digits = account.trim();
  if (!/^\d{1,6}$/.test(digits))
    throw new InvalidToolArguments('account harus 1 sampai 6 angka, misalnya 52 atau 524111.');
  return digits;
}

const validators = Object.fromEntries(
  Object.entries(TOOLS).map(([name, { parameters }]) => [name, Compile(parameters as TSchema)]),
) as Record<ToolName, Validator>;

/** Returns the names of the parameters that do not match the schema. */
function invalidParameters(name: ToolName, args: object): string[] {
  const validator = validators[name];
  if (validator.Check(args)) return [];
  return [...new Set(validator.Errors(args).map(({ instancePath }) => instancePath.split('/')[1] ?? ''))];
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** The JSON Schema keywords of one parameter. */
interface Keywords {
  type?: string;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

/** Words that models write for a boolean, in addition to those that TypeBox converts. */
const BOOLEAN_WORDS = new Map([
  ['ya', true],
  ['yes', true],
  ['tidak', false],
  ['no', false],
]);

/** Converts a value to the type of its parameter. Returns values that cannot be converted unchanged: validation rejects them. */
function coerce(value: unknown, schema: TSchema & Keywords): unknown {
  const given = typeof value === 'string' ? value.trim() : value;
  if (schema.enum) return typeof given === 'string' ? given.toLowerCase().replace(/[\s-]+/g, '_') : given;
  switch (schema.type) {
    case 'string':
      return coerceText(Convert(schema, given), schema);
    case 'boolean':
      return Convert(schema, typeof given === 'string' ? (BOOLEAN_WORDS.get(given.toLowerCase()) ?? given) : given);
    case 'integer':
      return coerceLimit(coerceNumber(given), schema);
    case 'array':
      return (Array.isArray(given) ? given : [given]).map(coerceNumber);
    default:
      return coerceNumber(given);
  }
}

function coerceText(value: unknown, { pattern, format }: Keywords): unknown {
  if (typeof value !== 'string') return value;
  if (pattern === MONTH_PATTERN) return parseMonth(value) ?? value;
  return format === 'date' ? (parseDay(value, 'UTC') ?? value) : value;
}

/** Reduces a `limit` above the page size: the result shows that there are more rows. */
function coerceLimit(value: unknown, { maximum }: Keywords): unknown {
  return maximum === MAX_LIMIT && Number.isInteger(value) ? Math.min(Number(value), MAX_LIMIT) : value;
}

/** Not TypeBox's conversion, which truncates 2.5 to an integer and cannot read «Rp1.000.000». */
function coerceNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  // «45.125» may be a decimal or an amount with a thousands separator, so the model must send a number.
  if (/^[+-]?\d{1,3}\.\d{3}-?$/.test(value.trim())) return value;
  return parseAmount(value) ?? value;
}

function describeExpected(schema: Keywords): string {
  if (schema.enum) return `salah satu dari ${schema.enum.join(', ')}`;
  if (schema.pattern === MONTH_PATTERN) return 'bulan seperti 2026-09';
  if (schema.format === 'date') return 'tanggal seperti 2026-11-24';
  const range = schema.minimum === undefined ? '' : ` dari ${schema.minimum} sampai ${schema.maximum}`;
  switch (schema.type) {
    case 'boolean':
      return 'true atau false';
    case 'integer':
      return `bilangan bulat${range}`;
    case 'number':
      return 'bilangan biasa, misalnya 1500000 atau 45.5';
    case 'array':
      return `1 sampai ${schema.maxItems} bilangan`;
    default:
      return `teks paling panjang ${schema.maxLength} karakter`;
  }
}

function joinNames(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : '(tidak ada)';
}

/** Shows a value in an error, shortened. */
function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}
