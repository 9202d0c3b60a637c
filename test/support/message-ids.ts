import type { GenerateRequest, ScriptedResponse } from '../../sandbox/gemini.ts';

/** Unique ids in letters alone: no figure that grounding would strike out, no word of any language. */
export function buildMessageId(number: number): string {
  const letters = [...number.toString(16).padStart(6, '0')].map(
    (digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)],
  );
  return `q${letters.join('')}q`;
}

/** The ids in a text, in their order, each once. */
export function findMessageIds(text: string): string[] {
  return [...new Set(text.match(/q[a-p]{6}q/g) ?? [])];
}

/** What the last user content of a request asks. */
export function lastQuestion({ contents }: GenerateRequest): string {
  return (
    contents
      .at(-1)
      ?.parts?.map(({ text = '' }) => text)
      .join('\n') ?? ''
  );
}

/** Sentences that fill a part; all are different, because the service removes what a model repeats. */
const NOTES = Array.from({ length: 115 }, (_, index) => {
  const label = [...String(index).padStart(3, '0')].map((digit) => 'bcdfghjklm'[Number(digit)]).join('');
  return `Catatan rapat ${label}.`;
}).join(' ');

/** An answer that names the ids it was asked about: one part, or three where the first id says so. */
export function buildAnswer(request: GenerateRequest): ScriptedResponse {
  const marks = findMessageIds(lastQuestion(request)).join(' ');
  if (!isLong(marks)) return { text: `Sudah saya catat: ${marks}.` };
  const paragraph = (place: string) => `Bagian ${place} untuk ${marks}. ${NOTES}`;
  return { text: ['awal', 'tengah', 'akhir'].map(paragraph).join('\n\n') };
}

function isLong(marks: string): boolean {
  return 'aei'.includes(marks.at(6) ?? '-');
}

/** Which part of which reply a sent text is: equal for every sending of it, whatever the words around its ids. */
export function parsePart(text: string): { reply: string; part: number; of: number } {
  const [, part = 1, of = 1] = /^\((\d+)\/(\d+)\)/.exec(text) ?? [];
  return { reply: findMessageIds(text).join(' ') || text, part: Number(part), of: Number(of) };
}
