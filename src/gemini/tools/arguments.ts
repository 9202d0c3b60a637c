import type { TSchema } from 'typebox';
import { type Check, checkOf } from '../../schema-check.ts';
import { parseDay, parseMonth } from '../../supabase/calendar.ts';
import { parseAmount } from '../../supabase/rupiah.ts';
import { MONTH_PATTERN, TOOLS, type ToolArguments, type ToolName } from './schemas.ts';

export type CheckedArguments<Name extends ToolName> =
  | { ok: true; args: ToolArguments[Name] }
  | { ok: false; error: string };

const checks = new Map<ToolName, Check<TSchema>>();

/** Whether a name is that of a tool; names of Object's own members are not. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

/**
 * A model's arguments as the tool takes them: what is plainly meant is understood (`"20"`, `2026-9`, `This week`, null
 * for absent), everything else is told in a sentence for the model. Unknown parameters are refused, not ignored: the
 * model would take the answer for what it had asked.
 */
export function checkArguments<Name extends ToolName>(name: Name, given: unknown): CheckedArguments<Name> {
  const properties: Record<string, TSchema> = TOOLS[name].parameters.properties;
  const allowed = Object.keys(properties);
  const source = given ?? {};
  if (typeof source !== 'object' || Array.isArray(source)) {
    return { ok: false, error: `Argumen ${name} harus berupa objek dengan parameter: ${listed(allowed)}.` };
  }
  const args: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(source)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!schema) unknown.push(shown(key));
    else if (!isAbsent(value)) args[key] = coerced(value, schema);
  }
  const wrong = wrongParameters(name, args).map(
    (key) => `${key} ${shown(args[key])} tidak sesuai: harus ${expectation(properties[key] ?? {})}`,
  );
  if (unknown.length > 0)
    wrong.unshift(`parameter ${listed(unknown.slice(0, 5))} tidak dikenal; yang ada: ${listed(allowed)}`);
  if (wrong.length > 0) return { ok: false, error: `${name}: ${wrong.join('; ')}.` };
  return { ok: true, args: args as ToolArguments[Name] };
}

/** Names of the parameters that do not fit the tool's schema. */
function wrongParameters(name: ToolName, args: object): string[] {
  const check = checks.get(name) ?? checkOf<TSchema>(TOOLS[name].parameters);
  checks.set(name, check);
  return check.fits(args) ? [] : check.wrongFields(args);
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** The schema of one parameter as plain JSON Schema keywords. */
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

const MOST_PER_PAGE = 50;

function coerced(value: unknown, schema: Keywords): unknown {
  if (schema.enum)
    return typeof value === 'string'
      ? value
          .trim()
          .toLowerCase()
          .replace(/[\s-]+/g, '_')
      : value;
  switch (schema.type) {
    case 'string':
      return coercedText(value, schema);
    case 'boolean':
      return typeof value === 'string' ? coercedFlag(value) : value;
    case 'integer': {
      const number = coercedNumber(value);
      // Asking for more than a page holds is harmless: the page says that there is more.
      return schema.maximum === MOST_PER_PAGE && typeof number === 'number' && Number.isInteger(number)
        ? Math.min(number, MOST_PER_PAGE)
        : number;
    }
    case 'number':
      return coercedNumber(value);
    case 'array':
      return (Array.isArray(value) ? value : [value]).map(coercedNumber);
    default:
      return value;
  }
}

function coercedText(value: unknown, schema: Keywords): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return value;
  if (schema.pattern === MONTH_PATTERN) return parseMonth(value) ?? value;
  if (schema.format === 'date') return parseDay(value, 'UTC') ?? value;
  return value.trim();
}

function coercedFlag(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (['true', 'ya', 'yes', '1'].includes(word)) return true;
  return ['false', 'tidak', 'no', '0'].includes(word) ? false : text;
}

function coercedNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  // From a model «45.125» may be a decimal or an amount with a thousands dot: it is asked to write a number.
  if (/^[+-]?\d{1,3}\.\d{3}$/.test(value.trim())) return value;
  return parseAmount(value) ?? value;
}

function expectation(schema: Keywords): string {
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

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : '(tidak ada)';
}

/** What was given, as far as a short error can show it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
