import { describeSources } from '../gemini/grounding/evidence.ts';
import { fill, type Texts } from '../texts.ts';
import type { SessionNotes } from '../types.ts';

export type Command = 'bantuan' | 'reset' | 'sumber';

const WORDS = new Map<string, Command>([
  ['/bantuan', 'bantuan'],
  ['/help', 'bantuan'],
  ['bantuan', 'bantuan'],
  ['mulai', 'bantuan'],
  ['menu', 'bantuan'],
  ['help', 'bantuan'],
  ['/reset', 'reset'],
  ['/sumber', 'sumber'],
]);

/** The command that a message is, if it is nothing else. Pure. */
export function parseCommand(text: string): Command | null {
  if (text.length > 20) return null;
  return WORDS.get(text.trim().toLowerCase()) ?? null;
}

/** What a command answers; none of them asks the model. Pure. */
export function commandReply(
  command: Command,
  facts: { texts: Texts; portal: string; notes: SessionNotes; examples: readonly string[] },
): string {
  const { texts, portal, notes, examples } = facts;
  if (command === 'bantuan')
    return fill(texts.help, { portal, examples: examples.map((example) => `- ${example}`).join('\n') });
  if (command === 'reset') return texts.reset;
  return describeSources(notes, texts) ?? texts.noSource;
}
