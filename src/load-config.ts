import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { TSchema } from 'typebox';
import { type Config, configSchema } from './config.ts';
import { meaningProblems, type Problem } from './config-rules.ts';

/** Variables that the SAPA application already has under a `VITE_` name; the name without it wins. */
const VITE_NAMES = [
  'SUPABASE_URL',
  'SUPABASE_ANON_KEY',
  'GEMINI_API_KEY',
  'GEMINI_MODEL',
  'GEMINI_FALLBACK_MODELS',
  'GEMINI_TIMEOUT_MS',
];

/**
 * The configuration from `environment` over the file it names (`ENV_FILE`, else `.env`).
 * Empty is unset; variables we don't know are ignored.
 * @throws ConfigError naming every problem at once.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = { ...environmentFile(environment.ENV_FILE), ...withoutEmpty(environment) };
  for (const name of VITE_NAMES) {
    const value = given[name] ?? given[`VITE_${name}`];
    if (value !== undefined) given[name] = value;
  }
  return parseConfig(given);
}

/** The same from plain values, for tests and the sandbox. @throws ConfigError */
export function parseConfig(given: Record<string, unknown>): Config {
  const known = Object.keys(configSchema.properties).map((name) => [name, readValue(name, given[name])] as const);
  const wanted = Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== ''));
  const standard = known
    .map(([name]) => [name, schemaOf(name).default] as const)
    .filter(([, value]) => value !== undefined);
  const values: Record<string, unknown> = { ...Object.fromEntries(standard), ...wanted };
  const problems = new Map([...schemaProblems(values), ...placeholderProblems(wanted)]);
  const sound = Object.fromEntries(Object.entries(values).filter(([name]) => !problems.has(name)));
  for (const [name, problem] of meaningProblems(sound)) if (!problems.has(name)) problems.set(name, problem);
  if (problems.size > 0) throw new ConfigError([...problems].map(([name, problem]) => `${name} ${problem}`));
  return values as Config;
}

/** A bad environment: one message that names every missing or bad variable and how to set it. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Konfigurasi belum lengkap atau keliru:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Variables are text: whole numbers and flags are read from it; what is neither stays, for the schema to refuse. */
function readValue(name: string, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const { type } = schemaOf(name);
  if (type === 'integer') return /^\s*-?\d+\s*$/.test(given) ? Number(given) : given;
  return type === 'boolean' ? (FLAGS.get(given.trim().toLowerCase()) ?? given) : given;
}

const FLAGS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function withoutEmpty(environment: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim()));
  return Object.fromEntries(set.map(([name, value]) => [name, value.trim()]));
}

function environmentFile(path: string | undefined): Record<string, string> {
  try {
    return withoutEmpty(parseEnv(readFileSync(path || '.env', 'utf8')));
  } catch (error) {
    if (path)
      throw new ConfigError([`ENV_FILE: berkas ${path} tidak dapat dibaca (${(error as NodeJS.ErrnoException).code})`]);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError([`.env tidak dapat dibaca (${(error as NodeJS.ErrnoException).code})`]);
  }
}

function placeholderProblems(given: Record<string, unknown>): Problem[] {
  return Object.entries(given)
    .filter(([, value]) => typeof value === 'string' && /^your_.*_here$/i.test(value))
    .map(([name]) => [name, `masih berisi contoh; isi dengan nilai sebenarnya (${descriptionOf(name)})`]);
}

function schemaProblems(values: Record<string, unknown>): Problem[] {
  const missing = (configSchema.required as string[]).filter((name) => values[name] === undefined);
  const unfit = Object.keys(configSchema.properties).filter(
    (name) => values[name] !== undefined && !fits(values[name], schemaOf(name)),
  );
  return [
    ...missing.map((name): Problem => [name, `belum diisi: ${descriptionOf(name)}`]),
    ...unfit.map((name): Problem => [name, `nilainya tidak sesuai${rangeOf(name)}: ${descriptionOf(name)}`]),
  ];
}

/** Whether a value fits its variable, by the keywords that `configSchema` uses: TypeBox's own check would be most of a start. */
function fits(value: unknown, { type, minLength = 0, pattern = '', minimum, maximum, enum: choices }: Variable) {
  if (choices) return choices.includes(value as string);
  if (type === 'string') return typeof value === 'string' && value.length >= minLength && RegExp(pattern).test(value);
  if (type === 'boolean') return typeof value === 'boolean';
  return Number.isInteger(value) && Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
}

/** One variable as the schema describes it. */
interface Variable {
  type?: string;
  description?: string;
  default?: unknown;
  minLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  enum?: string[];
}

const schemaOf = (name: string): Variable => (configSchema.properties as Record<string, TSchema>)[name] ?? {};
const descriptionOf = (name: string) => schemaOf(name).description ?? '';

function rangeOf(name: string): string {
  const { minimum, maximum, enum: choices } = schemaOf(name);
  if (choices) return ` (${choices.join(', ')})`;
  return minimum === undefined ? '' : ` (${minimum} sampai ${maximum})`;
}
