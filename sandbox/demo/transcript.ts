import { stripVTControlCharacters } from 'node:util';

/** Writes what happens as a transcript that a person can read along. */
export interface Transcript {
  scene(title: string): void;
  /** Somebody's words: who, what, when. */
  says(who: string, text: string, at: number): void;
  /** What happened beside the conversation. */
  note(text: string): void;
  promise(text: string, kept: boolean, found: string): void;
  plain(text: string): void;
}

/** How wide a name and a line of speech are. */
const WHO_WIDTH = 19;
const LINE_WIDTH = 88;
const INDENT = '  ';
const CODES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 };

/** A transcript to `write`, line by line; coloured where `colours` is true. Times of day are those of `timezone`. */
export function createTranscript(
  write: (line: string) => void,
  { colours, timezone }: { colours: boolean; timezone: string },
): Transcript {
  const paint = (code: keyof typeof CODES, text: string) => (colours ? `\x1b[${CODES[code]}m${text}\x1b[0m` : text);
  const clock = new Intl.DateTimeFormat('id-ID', { timeZone: timezone, timeStyle: 'medium' });
  let scenes = 0;
  return {
    scene(title) {
      scenes += 1;
      write('');
      write(paint('bold', `${scenes}. ${title}`));
    },
    says(who, text, at) {
      const time = paint('dim', clock.format(at));
      const [first = '', ...rest] = visible(text).split('\n').flatMap(wrap);
      write(`${INDENT}${time}  ${paint('cyan', who.padEnd(WHO_WIDTH))}${first}`);
      for (const line of rest) write(`${' '.repeat(INDENT.length + 10 + WHO_WIDTH)}${line}`.trimEnd());
    },
    note: (text) => write(`${' '.repeat(INDENT.length + 10)}${paint('dim', visible(text))}`),
    promise(text, kept, found) {
      const mark = kept ? paint('green', '✓') : paint('red', '✗');
      write(`${INDENT}${mark} ${text}${kept || found === '' ? '' : paint('red', ` (${visible(found)})`)}`);
    },
    plain: write,
  };
}

/** What came over the network shows as text and moves no cursor. */
function visible(text: string): string {
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}

/** A line cut at spaces where it is too long to read. */
function wrap(line: string): string[] {
  if (line.length <= LINE_WIDTH) return [line];
  const space = line.lastIndexOf(' ', LINE_WIDTH);
  const cut = space > LINE_WIDTH / 2 ? space : LINE_WIDTH;
  return [line.slice(0, cut), ...wrap(line.slice(cut).trimStart())];
}
