import type { Returned } from '../src/assistant/direct-intent.ts';
import { readQuestion } from '../src/assistant/direct-question.ts';
import { intentOf, stepOf } from '../src/assistant/direct-router.ts';
import type { ToolEvidence } from '../src/sapa/tool-results.ts';
import { texts } from '../src/texts.ts';
import type { GenerateRequest, Part, ScriptedAnswer } from './gemini-wire.ts';

/** What the rule-based model knows when it answers. */
export interface Conversation {
  /** The user's name in the system instruction; undefined where there is none. */
  name: string | undefined;
  unit: string | undefined;
  /** The last thing the user wrote. */
  question: string;
  /** What the user wrote before, oldest first. */
  earlier: string[];
  /** The functions that may be called now; none where calls are switched off. */
  tools: string[];
  /** What functions returned since the question, in order. */
  results: { name: string; response: unknown }[];
  /** Lists that the last answers showed, as the prompt names them. */
  lists: ToolEvidence[];
}

/** The sandbox's model: plain rules, no randomness, the same answer to the same request. */
export function standInModel(request: GenerateRequest): ScriptedAnswer {
  return answerTo(readConversation(request));
}

/** Reads a generateContent request as a conversation. */
export function readConversation(request: GenerateRequest): Conversation {
  const instruction = plainText(request.systemInstruction?.parts);
  // A request to mend an answer is no question: the one before it still stands.
  const asks = (text: string) => text !== '' && !text.startsWith('Angka berikut tidak ada');
  const lastQuestion = request.contents.findLastIndex(({ role, parts }) => role !== 'model' && asks(plainText(parts)));
  const questions = request.contents
    .slice(0, lastQuestion + 1)
    .filter(({ role }) => role !== 'model')
    .map(({ parts }) => unfenced(plainText(parts)))
    .filter((text) => text !== '');
  return {
    name: /^\W*(?:nama(?: pengguna)?|pengguna)\s*:\s*([^\n,(;]+)/im.exec(instruction)?.[1]?.trim(),
    unit: /^\W*(?:unit(?: kerja)?)\s*:\s*([^\n;]+)/im.exec(instruction)?.[1]?.trim(),
    question: questions.at(-1) ?? '',
    earlier: questions.slice(0, -1),
    tools: availableTools(request),
    results: request.contents.slice(lastQuestion + 1).flatMap(({ parts = [] }) => parts.flatMap(functionResult)),
    lists: listsIn(instruction),
  };
}

/** What the user wrote, without the marks that the service puts around it and the data it adds. */
export function unfenced(text: string): string {
  return /<<pesan (\w+)>>\n([\s\S]*)\n<<\/pesan \1>>/.exec(text)?.[2] ?? text;
}

/** What the model says or calls next: the seam at which the intent router of `src/assistant/direct.ts` comes in. */
export function answerTo(conversation: Conversation): ScriptedAnswer {
  const talk = smallTalk(conversation);
  if (talk !== undefined) return { text: talk };
  const asked = readQuestion(conversation.question);
  const intent = intentOf(asked);
  if (!intent) return { text: echo(conversation) };
  const returned = conversation.results.map(({ response }) => returnedBy(response));
  // What the service's functions never return says nothing to the router.
  if (returned.includes(null)) return { text: echo(conversation) };
  const known = returned.filter((one) => one !== null);
  const step = stepOf(intent, asked, known, { texts, lists: conversation.lists });
  if ('text' in step) return { text: greeted(conversation, step.text) };
  // Where calls are off there is nothing to answer from.
  return conversation.tools.length > 0 ? { functionCalls: step.calls } : { text: echo(conversation) };
}

/** What a function returned, as the service words it for the model; null where it is worded otherwise. */
function returnedBy(response: unknown): Returned | null {
  const { output, error } = response as { output?: unknown; error?: string };
  if (error !== undefined) return { error };
  return output === undefined ? null : { output };
}

/** The first answer of a conversation greets by name, as the prompt asks. */
function greeted({ name, earlier }: Conversation, text: string): string {
  return name && earlier.length === 0 ? `Halo, ${name}!\n\n${text}` : text;
}

/** The lists that the prompt says were shown last. */
function listsIn(instruction: string): ToolEvidence[] {
  const lines = instruction.matchAll(/Daftar terakhir yang Anda tampilkan \((\w+) (\{.*?\})\): ([^«\n]*?)\. «/g);
  return [...lines].map(([, tool = '', args = '{}', entries = '']) => ({
    tool,
    args: JSON.parse(args) as object,
    listed: { kind: KINDS[tool] ?? 'activities', ids: entries.split(', ').map((entry) => entry.replace(/^\d+=/, '')) },
  }));
}

const KINDS: Record<string, NonNullable<ToolEvidence['listed']>['kind']> = {
  search_activities: 'activities',
  search_budget: 'budget_rows',
  budget_by_account: 'accounts',
  budget_trend: 'months',
};

// A greeting and at most two words more; a question behind it is a question.
const GREETING =
  /^\W*(?:halo|hai|hi|hello|assalamu.?alaikum|(?:selamat )?(?:pagi|siang|sore|malam))(?:\W+\p{L}+){0,2}\W*$/iu;
const HONEST = 'Saya model tiruan berbasis aturan untuk uji coba, bukan Gemini';

function smallTalk({ question, name, unit, earlier }: Conversation): string | undefined {
  const called = name ? `, ${name}` : '';
  if (/\b(?:tadi|barusan|sebelumnya)\b.*\b(?:tanya|bertanya|menanyakan|bilang)\b/i.test(question)) {
    return earlier.length > 0 ? asked(earlier) : `Belum ada pertanyaan sebelumnya dalam percakapan ini${called}.`;
  }
  if (/\bsiapa (?:nama )?saya\b/i.test(question)) {
    return name ? `Anda ${name}${unit ? ` dari ${unit}` : ''}.` : 'Saya tidak diberi tahu nama Anda.';
  }
  if (/\b(?:siapa|apa) (?:kamu|anda)\b|\b(?:kamu|anda) siapa\b/i.test(question)) {
    return `${HONEST}. Saya menjawab sebagai asisten SAPA di kotak pasir${called}.`;
  }
  if (/\b(?:terima ?kasih|makasih|thanks)\b/i.test(question)) return `Sama-sama${called}!`;
  if (GREETING.test(question)) {
    return [
      `Halo${called}! ${HONEST}. Ada yang bisa saya bantu?`,
      ...(earlier.length > 0 ? [asked(earlier)] : []),
    ].join('\n\n');
  }
  return undefined;
}

function echo({ question, name, earlier }: Conversation): string {
  const opening = earlier.length > 0 ? asked(earlier) : `Halo${name ? `, ${name}` : ''}!`;
  return [
    `${opening} Pertanyaan Anda saya terima: «${quote(question)}».`,
    `${HONEST}, jadi untuk pertanyaan ini saya belum punya jawaban. Yang bisa saya jawab, misalnya:`,
    '- Berapa sisa anggaran?\n- Akun mana yang serapannya terendah?\n- Akun 524111 sudah terserap berapa persen?\n- Naik berapa dari bulan lalu?\n- Kegiatan minggu ini apa saja?\n- Siapa penanggung jawab rapat koordinasi?',
  ].join('\n\n');
}

function asked(earlier: string[]): string {
  return `Anda baru saja bertanya: «${quote(earlier.at(-1) ?? '')}».`;
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function availableTools({ tools = [], toolConfig }: GenerateRequest): string[] {
  const { mode, allowedFunctionNames } = toolConfig?.functionCallingConfig ?? {};
  if (mode === 'NONE') return [];
  const declared = tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name));
  return allowedFunctionNames ? declared.filter((name) => allowedFunctionNames.includes(name)) : declared;
}

function functionResult({ functionResponse }: Part): { name: string; response: unknown }[] {
  return functionResponse ? [{ name: functionResponse.name, response: functionResponse.response }] : [];
}

function plainText(parts: Part[] = []): string {
  return parts
    .filter(({ text, thought }) => text !== undefined && !thought)
    .map(({ text }) => text)
    .join('\n')
    .trim();
}
