import type { Content, GenerateRequest, Part } from '../gemini-types.ts';
import { type CompletedCall, findCallsInData, findCompletedCalls } from './completed-calls.ts';
import type { Day } from './dates.ts';

export type { CompletedCall } from './completed-calls.ts';

/** A function call of the model. */
export interface Call {
  name: string;
  args: Record<string, unknown>;
}

/** A list that an earlier answer showed, as the prompt names it. */
export interface ShownList {
  tool: string;
  args: Record<string, unknown>;
  /** Ids, codes, accounts or months in the order shown. */
  ids: string[];
}

/** A parsed generateContent request. */
export interface Conversation {
  /** The user's name and unit; undefined if the prompt does not contain them. */
  name: string | undefined;
  unit: string | undefined;
  today: Day;
  /** The last message of the user. */
  question: string;
  /** Earlier messages of the user, oldest first. */
  earlier: string[];
  /** Earlier answers of the model, oldest first. */
  answers: string[];
  /** Declared functions with their parameters; empty while function calling is disabled. */
  tools: Map<string, Set<string>>;
  /** Completed calls since the last answer: calls of the model and prefetched calls in the request. */
  completed: CompletedCall[];
  list: ShownList | null;
  /** Data of the request outside the message, without its fence. */
  data: string[];
  /** The rejected answer with its ungrounded figures; null if the request rejects no answer. */
  rejected: { answer: string; figures: string[] } | null;
}

/** The request of the service to remove ungrounded figures; it lists them after a colon. */
const REJECTION = /^Angka (?:berikut|ini)\b[^:]*:\s*(.*?)\.\s/s;
/** Replaces today if the prompt has no date: an answer must not depend on the clock. */
const UNKNOWN_DAY = '2026-01-01';
const FENCED = /<<(\w+) (\w+)>>\n([\s\S]*?)\n<<\/\1 \2>>/g;

/**
 * Parses a generateContent request. Name, unit, date and the last list may be in the system instruction or next to the
 * message; completed calls may be function calls before or after the message, or fenced data.
 */
export function readConversation(request: GenerateRequest): Conversation {
  const { contents } = request;
  const isMessage = messageFilter(contents);
  const last = contents.findLastIndex(isMessage);
  const begin = contents.findLastIndex((content, index) => index < last && isFinalAnswer(content)) + 1;
  const texts = contents
    .slice(0, last + 1)
    .filter(isMessage)
    .map(textOf);
  const current = readFences(texts.at(-1) ?? '');
  const instruction = textOf(request.systemInstruction);
  const facts = [instruction, current.around, ...current.data].join('\n');
  const tools = declaredTools(request);
  return {
    name: /^\W*(?:nama(?: pengguna)?|pengguna)\s*:\s*([^\n,(;]+)/im.exec(facts)?.[1]?.trim(),
    unit: /^\W*unit(?: kerja)?\s*:\s*([^\n;]+)/im.exec(facts)?.[1]?.trim(),
    today: /hari ini\b[^\n]*?(\d{4}-\d{2}-\d{2})/i.exec(facts)?.[1] ?? UNKNOWN_DAY,
    question: current.message,
    earlier: texts.slice(0, -1).map((text) => readFences(text).message),
    answers: contents.slice(0, last).filter(isFinalAnswer).map(textOf),
    tools: isCallingOff(request) ? new Map() : tools,
    completed: [...findCompletedCalls(contents.slice(begin)), ...findCallsInData(current.data, [...tools.keys()])],
    list: findList(facts),
    data: current.data,
    rejected: findRejection(contents),
  };
}

/** @returns the user's message in a text, without its fence and the text of the service around it */
export function unfenced(text: string): string {
  return readFences(text).message;
}

/** @returns the whole text if it has no fence */
function readFences(text: string): { isFenced: boolean; message: string; data: string[]; around: string } {
  const fenced = [...text.matchAll(FENCED)].map(([, kind = '', , body = '']) => ({ kind, body }));
  const messages = fenced.filter(({ kind }) => kind !== 'data').map(({ body }) => body);
  const data = fenced.filter(({ kind }) => kind === 'data').map(({ body }) => body);
  const around = text.replace(FENCED, '').trim();
  if (messages.length === 0) return { isFenced: false, message: around, data, around: '' };
  return { isFenced: true, message: messages.join('\n'), data, around };
}

function isFromUser({ role }: Content): boolean {
  return role !== 'model';
}

/**
 * Returns a filter for the messages of the user. The service's own requests, for example to correct an answer, do not
 * match. If any message of the conversation is fenced, only fenced texts match.
 */
function messageFilter(contents: readonly Content[]): (content: Content) => boolean {
  const isFenced = (content: Content) => readFences(textOf(content)).isFenced;
  const areFenced = contents.some((content) => isFromUser(content) && isFenced(content));
  return (content) => {
    const text = textOf(content);
    return isFromUser(content) && text !== '' && (areFenced ? isFenced(content) : !REJECTION.test(text));
  };
}

/** A figure can hold a comma («Rp1,2 miliar»), but no comma with a space. */
function findRejection(contents: readonly Content[]): Conversation['rejected'] {
  const figures = REJECTION.exec(textOf(contents.at(-1)))?.[1]?.split(', ');
  return figures ? { answer: textOf(contents.at(-2)), figures } : null;
}

function isFinalAnswer({ role, parts = [] }: Content): boolean {
  return role === 'model' && parts.every(({ functionCall }) => !functionCall);
}

/** @returns the texts of a content, without thoughts */
export function textOf({ parts = [] }: Content = {}): string {
  return parts
    .flatMap(({ text, thought }: Part) => (text !== undefined && !thought ? [text] : []))
    .join('\n')
    .trim();
}

function isCallingOff({ toolConfig }: GenerateRequest): boolean {
  return toolConfig?.functionCallingConfig?.mode === 'NONE';
}

function declaredTools({ tools = [], toolConfig }: GenerateRequest): Map<string, Set<string>> {
  const allowed = toolConfig?.functionCallingConfig?.allowedFunctionNames;
  const declarations = tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations);
  return new Map(
    declarations
      .filter(({ name }) => allowed === undefined || allowed.includes(name))
      .map(({ name, parametersJsonSchema, parameters }) => {
        const { properties = {} } = parametersJsonSchema ?? parameters ?? {};
        return [name, new Set(Object.keys(properties))];
      }),
  );
}

/** «Daftar terakhir …: search_activities {"period":"this_week"}): 1=…, 2=…» */
function findList(facts: string): ShownList | null {
  const [, tool = '', args = '{}', entries] = /Daftar terakhir[^\n]*?\b(\w+) (\{.*?\})([^\n]*)/.exec(facts) ?? [];
  if (entries === undefined) return null;
  const ids = [...entries.matchAll(/\b\d+=([\w-]+(?:\.[\w-]+)*)/g)].map(([, id = '']) => id);
  return { tool, args: parseObject(args), ids };
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return {};
  }
}
