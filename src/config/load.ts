import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { envSchema } from 'env-schema';
import Type, { type TSchema } from 'typebox';
import { type Problem, semanticErrors } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { normalizeSupabaseUrl } from './supabase-rules.ts';

/** Variables that the SAPA application already has under a `VITE_` name; the form without it takes precedence. */
export const VITE_NAMES = [
  'SUPABASE_URL',
  'SUPABASE_ANON_KEY',
  'GEMINI_API_KEY',
  'GEMINI_MODEL',
  'GEMINI_FALLBACK_MODELS',
  'GEMINI_TIMEOUT_MS',
];

/**
 * Reads the configuration: `environment` takes precedence over the file that it names (`ENV_FILE`, else `.env`).
 * Empty means unset; unknown variables are ignored.
 * @throws ConfigError with every missing or invalid variable
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return parseConfig(readVariables(environment));
}

/** Reads the variables that `loadConfig` validates, and all others. @throws ConfigError when the file can't be read */
export function readVariables(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  // Docker's `--env-file`, PM2 and shells pass on the quotes around a value; in a file `parseEnv` removes them.
  const ownValues = withoutEmpty(environment, withoutQuotes);
  const given = { ...readEnvFile(ownValues.ENV_FILE), ...ownValues };
  for (const name of VITE_NAMES) {
    const value = given[name] ?? given[`VITE_${name}`];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

/** Validates plain values; tests and the sandbox use it directly. @throws ConfigError */
export function parseConfig(given: Record<string, unknown>): Config {
  const { config, problems } = inspectConfig(given);
  if (problems.size > 0) throw new ConfigError([...problems].map(([name, problem]) => `${name} ${problem}`));
  return config as Config;
}

/** Validates plain values. @returns the valid variables, defaults included, and the problem of each other variable by its name */
export function inspectConfig(given: Record<string, unknown>): {
  config: Partial<Config>;
  problems: ReadonlyMap<string, string>;
} {
  const values = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const known = name in configSchema.properties && value !== undefined && value !== '';
      return known ? [[name, normalizeValue(name, value)]] : [];
    }),
  );
  const checked = checkSchema(values);
  const problems = new Map([...checked.problems, ...numberProblems(values), ...placeholderProblems(values)]);
  const config = problems.size === 0 ? checked.config : coerceValid(values, problems);
  for (const [name, problem] of semanticErrors(config)) if (!problems.has(name)) problems.set(name, problem);
  const valid = Object.entries(config).filter(([name]) => !problems.has(name));
  return { config: Object.fromEntries(valid), problems };
}

/** The environment is invalid. The message lists every missing or invalid variable and how to set it. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Konfigurasi belum lengkap atau keliru:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Validates against the schema. @returns the variables with their types and defaults if there is no problem */
function checkSchema(values: Record<string, unknown>): { config: Partial<Config>; problems: Problem[] } {
  try {
    return { config: envSchema({ schema: configSchema, data: { ...values }, env: false }), problems: [] };
  } catch (error) {
    const { errors } = error as { errors?: readonly SchemaError[] };
    if (!errors) throw error;
    const problems = errors.map(({ keyword, params, instancePath }): Problem => {
      if (keyword !== 'required') return invalidValue(instancePath.slice(1));
      const name = String(params.missingProperty);
      return [name, `belum diisi: ${schemaOf(name).description}`];
    });
    return { config: {}, problems };
  }
}

/** Converts the variables without a problem to their types and adds defaults. */
function coerceValid(values: Record<string, unknown>, problems: ReadonlyMap<string, unknown>): Partial<Config> {
  const names = Object.keys(configSchema.properties).filter((name) => !problems.has(name));
  const properties = Object.fromEntries(names.map((name) => [name, schemaOf(name)]));
  return envSchema({ schema: Type.Object(properties), data: values, env: false });
}

/** One entry of env-schema's `error.errors` (Ajv's own form). */
interface SchemaError {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
}

/** Rejects numbers that are not decimal integers: Ajv would read `1e999` as Infinity and `0x14` as 20. */
function numberProblems(values: Record<string, unknown>): Problem[] {
  return Object.entries(values)
    .filter(([name, value]) => schemaOf(name).type === 'integer' && !/^\s*-?\d+\s*$/.test(String(value)))
    .map(([name]) => invalidValue(name));
}

function invalidValue(name: string): Problem {
  return [name, `nilainya tidak sesuai${describeRange(name)}: ${schemaOf(name).description}`];
}

function placeholderProblems(values: Record<string, unknown>): Problem[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value === 'string' && /^your_.*_here$/i.test(value))
    .map(([name]) => [name, `masih berisi contoh; isi dengan nilai sebenarnya (${schemaOf(name).description})`]);
}

function normalizeValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return name === 'SUPABASE_URL' ? normalizeSupabaseUrl(value) : normalizeFlag(name, value);
}

/** Converts `1`, `0` and capitals to a boolean: Ajv converts only `true` and `false`. */
function normalizeFlag(name: string, value: string): unknown {
  if (schemaOf(name).type !== 'boolean') return value;
  const flag = value.trim().toLowerCase();
  return flag === '1' ? true : flag === '0' ? false : flag;
}

/** Trims the values and leaves out those that are empty; `clean` changes a value before. */
function withoutEmpty(environment: NodeJS.ProcessEnv, clean = (value: string) => value): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value = '']) => {
      const trimmed = clean(value.trim()).trim();
      return trimmed === '' ? [] : [[name, trimmed]];
    }),
  );
}

/**
 * Removes one pair of equal quotes around a value, or around each entry of a list (`"a","b"`); a single quote (an apostrophe
 * before a number) stays.
 */
function withoutQuotes(value: string): string {
  const entries = value.split(',').map((entry) => /^\s*(["'])([^"']*)\1\s*$/.exec(entry)?.[2]);
  if (entries.length > 1 && entries.every((entry) => entry !== undefined)) return entries.join(',');
  return /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
}

function readEnvFile(path: string | undefined): Record<string, string> {
  try {
    return withoutEmpty(parseEnv(decodeText(readFileSync(path ?? '.env'))));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (path) throw new ConfigError([`ENV_FILE: berkas ${path} tidak dapat dibaca (${code})`]);
    if (code === 'ENOENT') return {};
    throw new ConfigError([`.env tidak dapat dibaca (${code})`]);
  }
}

/**
 * Decodes UTF-8, or the UTF-16 that PowerShell writes, without byte-order marks; a file that was joined from several has one
 * before a later line. @throws ConfigError for UTF-16 without a mark, in which no variable would be found
 */
function decodeText(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) throw new ConfigError(['berkas .env bukan teks UTF-8; simpan ulang dengan pengodean UTF-8']);
  return text.replace(/^\uFEFF+/gm, '');
}

/** The keywords of one variable's schema that messages use. */
interface VariableSchema extends TSchema {
  type?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  enum?: string[];
}

const schemaOf = (name: string): VariableSchema =>
  (configSchema.properties as Record<string, VariableSchema>)[name] ?? {};

function describeRange(name: string): string {
  const { minimum, maximum, enum: choices } = schemaOf(name);
  if (choices) return ` (${choices.join(', ')})`;
  return minimum === undefined ? '' : ` (${minimum} sampai ${maximum})`;
}
