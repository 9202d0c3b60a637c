import { parseCallArguments, parseJson, parsePythonData } from './python-literal.ts';

/** A call as it was written, with any arguments. */
interface WrittenCall {
  name: string;
  args: unknown;
}

/** A call of a declared function with named arguments. */
interface ReadableCall extends WrittenCall {
  args: Record<string, unknown>;
}

const FENCED_BLOCK = /```([\w-]{0,20})[^\S\n]*\n?([\s\S]*?)(?:```|$)/g;
/** A line that only a function call begins with: `print(default_api.x(…))`, `tool_code`, `call:x{…}`. */
const CODE_LINE = /^[^\S\n]*(?:tool_code\b|(?:\w{1,40} ?= ?)?\[?(?:print\()?(?:default_api[.:]\w|call:[\w:]{1,80}\{))/m;
const JSON_LINE = /^[[{].*/gm;
const FIRST_CALLEE = /^(?:\w{1,40} ?= ?)?\[?(?:print\()?([A-Za-z_]\w{0,80})\(/;
const CALLEE = /(?<![\w.])([A-Za-z_][\w.]{0,80})\(/g;
/** `default_api.x(` in the middle of a sentence; in backticks it is quoted. */
const NAMESPACED_CALL = /(?<!`)(?:default_api|functions)\.[A-Za-z_]\w{0,80}\(/;
/** A result that the model invented. */
const RESULT_FENCE = /```tool_outputs?\b/i;
/** `<function_call name="x">`, `<function=x>`, `<invoke name="x">`. */
const CALL_TAG = /<(?:(?:tool|function)_(?:call|code|use)s?\b|invoke\b|function\b)[^<>\n]{0,200}>/i;
const WRAPPER_TAG = /^<(?:tool|function)_(?:code|calls?)>|<\/(?:tool|function)_(?:code|calls?)>$/gi;

const WRAPPERS = [
  'functionCall',
  'functionCalls',
  'function_call',
  'function_calls',
  'tool_call',
  'tool_calls',
  'function',
];
const NAMES = ['name', 'tool', 'tool_name', 'function', 'function_name', 'action'];
const ARGUMENTS = ['args', 'arguments', 'parameters', 'params', 'input', 'tool_input', 'action_input'];
const FIRST_FIELD = new RegExp(`^[[{\\s]{1,9}["'](?:${[...WRAPPERS, ...NAMES, ...ARGUMENTS].join('|')})["']`);
const ARGUMENTS_FIELD = /["'](?:args|arguments|parameters)["']\s?:/;
/** Wrappers around one call, from the outside: a list, an entry of it, `functionCall`. */
const MAX_NESTING = 4;

/**
 * Finds function calls that a model wrote as text: Python in a `tool_code` fence or on a separate line, or a reply that
 * is nothing but JSON.
 * @returns null if the reply is an answer, which may contain JSON or code; `unreadable` if a call cannot be parsed or names
 * no declared function
 */
export function parseWrittenCalls(reply: string, declared: ReadonlySet<string>): ReadableCall[] | 'unreadable' | null {
  const text = reply.replaceAll('\\_', '_');
  const calls =
    parseWholeReply(unwrap(text.trim()), declared) ??
    parseEmbeddedCode(text) ??
    parseEmbeddedJson(text, declared) ??
    (RESULT_FENCE.test(text) || CALL_TAG.test(text) ? [] : null);
  if (calls === null) return null;
  return areReadable(calls, declared) ? calls : 'unreadable';
}

/** Removes the fence, backticks, asterisks or tag around a whole reply. */
function unwrap(reply: string): string {
  const content =
    /^```[\w-]{0,20}\s([^`]*)(?:```)?$/.exec(reply)?.[1] ?? /^(?:`|\*{1,3})([^`*]+)(?:`|\*{1,3})$/.exec(reply)?.[1];
  return (content ?? reply).trim().replace(WRAPPER_TAG, '').trim();
}

/** An empty list of calls is unreadable. */
function areReadable(calls: readonly WrittenCall[], declared: ReadonlySet<string>): calls is ReadableCall[] {
  return calls.length > 0 && calls.every(({ name, args }) => declared.has(name) && isObject(args));
}

function parseWholeReply(reply: string, declared: ReadonlySet<string>): WrittenCall[] | null {
  if (/^[[{]/.test(reply)) {
    const value = parseJson(reply) ?? parsePythonData(reply);
    if (value !== undefined) return toCalls(value, declared);
    // A call that was cut, or that prose follows.
    const namesFunction = () => ARGUMENTS_FIELD.test(reply) || [...declared].some((name) => reply.includes(name));
    if (FIRST_FIELD.test(reply) && namesFunction()) return [];
  }
  return declared.has(FIRST_CALLEE.exec(reply)?.[1] ?? '') && /[)\]]$/.test(reply) ? parseCode(reply) : null;
}

function parseEmbeddedCode(reply: string): WrittenCall[] | null {
  const fences = [...reply.matchAll(FENCED_BLOCK)].filter(
    ([, language = '']) => language.toLowerCase() === 'tool_code',
  );
  if (fences.length > 0) return parseCode(fences.map(([, , code = '']) => code).join('\n'));
  const start = (CODE_LINE.exec(reply) ?? NAMESPACED_CALL.exec(reply))?.index;
  return start === undefined ? null : parseCode(reply.slice(start));
}

/** Finds JSON between prose, in fences or on separate lines: it is a call only if it names a declared function. */
function parseEmbeddedJson(reply: string, declared: ReadonlySet<string>): WrittenCall[] | null {
  const fences = [...reply.matchAll(FENCED_BLOCK)].map(([, , content = '']) => content);
  const lines = [...reply.matchAll(JSON_LINE)];
  const toEnd = lines.slice(0, 1).map(({ index }) => reply.slice(index));
  const texts = [...fences, ...lines.map(([line]) => line), ...toEnd];
  const found = texts.map((text) => toCalls(parseJson(text), declared) ?? []);
  return found.find((calls) => areReadable(calls, declared)) ?? null;
}

/** Returns the calls in Python code; empty if one cannot be parsed. */
function parseCode(code: string): WrittenCall[] {
  const calls: WrittenCall[] = [];
  CALLEE.lastIndex = 0;
  for (let callee = CALLEE.exec(code); callee; callee = CALLEE.exec(code)) {
    const name = withoutNamespace(callee[1] ?? '');
    if (name === 'print') continue;
    const parsed = parseCallArguments(code, CALLEE.lastIndex);
    if (!parsed) return [];
    calls.push({ name, args: parsed.args });
    CALLEE.lastIndex = parsed.end;
  }
  return calls;
}

/** Returns the calls that a JSON value describes. @returns null if it describes anything else */
function toCalls(value: unknown, declared: ReadonlySet<string>, depth = 0): WrittenCall[] | null {
  if (depth > MAX_NESTING) return null;
  if (Array.isArray(value)) {
    const calls = value.map((item) => toCalls(item, declared, depth + 1));
    return calls.length > 0 && calls.every((each) => each !== null) ? calls.flat() : null;
  }
  if (!isObject(value)) return null;
  const wrapped = WRAPPERS.map((key) => value[key]).find((field) => typeof field === 'object');
  if (wrapped) return toCalls(wrapped, declared, depth + 1);
  const [key = '', ...otherKeys] = Object.keys(value);
  if (declared.has(key) && otherKeys.length === 0) return [{ name: key, args: value[key] }];
  const name = NAMES.map((field) => value[field]).find((field) => typeof field === 'string');
  if (typeof name !== 'string') return null;
  const args = ARGUMENTS.map((key) => value[key]).find((field) => field !== undefined);
  const call = { name: withoutNamespace(name), args: typeof args === 'string' ? parseJson(args) : (args ?? {}) };
  return args !== undefined || declared.has(call.name) ? [call] : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `default_api.budget_summary` names `budget_summary`. */
function withoutNamespace(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
