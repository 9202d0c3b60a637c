import { describeSources } from '../gemini/grounding/evidence.ts';
import { fill, type Texts } from '../texts.ts';
import type { SessionNotes } from '../types.ts';

/** Longer texts are not commands; checked first, because texts may be long. */
const MAX_COMMAND_LENGTH = 20;

export type Command = 'bantuan' | 'reset' | 'sumber';

const COMMAND_WORDS = new Map<string, Command>([
  ['/bantuan', 'bantuan'],
  ['/help', 'bantuan'],
  ['bantuan', 'bantuan'],
  ['mulai', 'bantuan'],
  ['menu', 'bantuan'],
  ['help', 'bantuan'],
  ['/reset', 'reset'],
  ['/sumber', 'sumber'],
]);

/** Parses a message that consists of a command only. @returns null for any other text */
export function parseCommand(text: string): Command | null {
  if (text.length > MAX_COMMAND_LENGTH) return null;
  return COMMAND_WORDS.get(text.trim().toLowerCase()) ?? null;
}

/** The reply to a command (Markdown); commands never use the model. */
export function commandReply(
  command: Command,
  facts: { texts: Texts; portal: string; notes: SessionNotes; examples: readonly string[] },
): string {
  const { texts, portal, notes, examples } = facts;
  switch (command) {
    case 'bantuan':
      return fill(texts.help, { portal, examples: examples.map((example) => `- ${example}`).join('\n') });
    case 'reset':
      return texts.reset;
    case 'sumber':
      return describeSources(notes, texts) ?? texts.noSource;
  }
}
