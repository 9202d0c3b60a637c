import { describeSources } from '../../gemini/grounding/evidence.ts';
import { fill, type Texts } from '../../texts.ts';
import type { SessionNotes } from '../../types.ts';
import { asksForDownload } from './download-request.ts';

/** Longer texts are not commands; checked first, because texts may be long. */
const MAX_COMMAND_LENGTH = 20;

export type Command = 'bantuan' | 'reset' | 'sumber' | 'grafik' | 'unduh';
/** A command whose reply is a text only. */
export type TextCommand = Exclude<Command, 'grafik' | 'unduh'>;

const COMMAND_WORDS = new Map<string, Command>([
  ['/bantuan', 'bantuan'],
  ['/help', 'bantuan'],
  ['bantuan', 'bantuan'],
  ['mulai', 'bantuan'],
  ['menu', 'bantuan'],
  ['help', 'bantuan'],
  ['/reset', 'reset'],
  ['/sumber', 'sumber'],
  ['/unduh', 'unduh'],
  ['/grafik', 'grafik'],
]);

/** Parses a message that consists of a command only, also in words: «kirim Excel-nya». @returns null for any other text */
export function parseCommand(text: string): Command | null {
  const command = text.length > MAX_COMMAND_LENGTH ? undefined : COMMAND_WORDS.get(text.trim().toLowerCase());
  return command ?? (asksForDownload(text) ? 'unduh' : null);
}

/** The reply to a text command (Markdown); commands never use the model. */
export function commandReply(
  command: TextCommand,
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
