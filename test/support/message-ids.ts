import type { GenerateRequest, ScriptedResponse } from '../../sandbox/gemini.ts';

/** Creates unique ids of letters: no figures for the grounding check, no words of a language. */
export function buildMessageId(number: number): string {
  const letters = [...number.toString(16).padStart(6, '0')].map(
    (digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)],
  );
  return `q${letters.join('')}q`;
}

/** @returns the ids in a text in their order, without repetitions */
export function findMessageIds(text: string): string[] {
  return [...new Set(text.match(/q[a-p]{6}q/g) ?? [])];
}

/** @returns the last user content of a request */
export function lastQuestion({ contents }: GenerateRequest): string {
  return (
    contents
      .at(-1)
      ?.parts?.map(({ text = '' }) => text)
      .join('\n') ?? ''
  );
}

/** Sentences that fill a part; all are different, because the service removes repeated sentences. */
const NOTES = Array.from({ length: 115 }, (_, index) => {
  const label = [...String(index).padStart(3, '0')].map((digit) => 'bcdfghjklm'[Number(digit)]).join('');
  return `Catatan rapat ${label}.`;
}).join(' ');

/** Builds an answer with the ids of the question: one part, or three if the first id requests it. */
export function buildAnswer(request: GenerateRequest): ScriptedResponse {
  const marks = findMessageIds(lastQuestion(request)).join(' ');
  if (!isLong(marks)) return { text: `Sudah saya catat: ${marks}.` };
  const paragraph = (place: string) => `Bagian ${place} untuk ${marks}. ${NOTES}`;
  return { text: ['awal', 'tengah', 'akhir'].map(paragraph).join('\n\n') };
}

function isLong(marks: string): boolean {
  return 'aei'.includes(marks.at(6) ?? '-');
}

/** @returns an identifier of the reply and the part in a sent text; equal when the part is sent again */
export function parsePart(text: string): { reply: string; part: number; of: number } {
  const [, part = 1, of = 1] = /^\((\d+)\/(\d+)\)/.exec(text) ?? [];
  return { reply: findMessageIds(text).join(' ') || text, part: Number(part), of: Number(of) };
}
