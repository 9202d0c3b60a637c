import { stripVTControlCharacters } from 'node:util';

/** Writes a readable transcript of a run. */
export interface Transcript {
  scenario(title: string): void;
  /** Writes a message with its speaker and time (ms since the epoch). */
  message(speaker: string, text: string, at: number): void;
  /** Writes a comment. */
  note(text: string): void;
  check(text: string, passed: boolean, actual: string): void;
  line(text: string): void;
}

/** Width of the speaker column and of a line of text, characters. */
const SPEAKER_WIDTH = 19;
const LINE_WIDTH = 88;
const INDENT = '  ';
const ANSI_CODES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 };

/** Creates a transcript that calls `write` for each line, with ANSI colors if `colors`; times are in `timezone`. */
export function createTranscript(
  write: (line: string) => void,
  { colors, timezone }: { colors: boolean; timezone: string },
): Transcript {
  const paint = (code: keyof typeof ANSI_CODES, text: string) =>
    colors ? `\x1b[${ANSI_CODES[code]}m${text}\x1b[0m` : text;
  const clock = new Intl.DateTimeFormat('id-ID', { timeZone: timezone, timeStyle: 'medium' });
  let scenarioCount = 0;
  return {
    scenario(title) {
      scenarioCount += 1;
      write('');
      write(paint('bold', `${scenarioCount}. ${title}`));
    },
    message(speaker, text, at) {
      const time = paint('dim', clock.format(at));
      const [first = '', ...rest] = escapeControls(text).split('\n').flatMap(wrap);
      write(`${INDENT}${time}  ${paint('cyan', speaker.padEnd(SPEAKER_WIDTH))}${first}`);
      for (const line of rest) write(`${' '.repeat(INDENT.length + 10 + SPEAKER_WIDTH)}${line}`.trimEnd());
    },
    note: (text) => write(`${' '.repeat(INDENT.length + 10)}${paint('dim', escapeControls(text))}`),
    check(text, passed, actual) {
      const mark = passed ? paint('green', '✓') : paint('red', '✗');
      write(`${INDENT}${mark} ${text}${passed || actual === '' ? '' : paint('red', ` (${escapeControls(actual)})`)}`);
    },
    line: write,
  };
}

/** Replaces control characters: text from the network must not move the cursor. */
function escapeControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}

/** Wraps a long line at spaces. */
function wrap(line: string): string[] {
  if (line.length <= LINE_WIDTH) return [line];
  const space = line.lastIndexOf(' ', LINE_WIDTH);
  const cut = space > LINE_WIDTH / 2 ? space : LINE_WIDTH;
  return [line.slice(0, cut), ...wrap(line.slice(cut).trimStart())];
}
