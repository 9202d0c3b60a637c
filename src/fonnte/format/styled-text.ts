/** Styles as bits. LINK marks an address: it is never formatted and never gets substitutes. */
export const BOLD = 1;
export const ITALIC = 2;
export const STRIKE = 4;
export const CODE = 8;
export const LINK = 16;

/** Text in one combination of styles; may contain line breaks. */
export type TextRun = { text: string; style: number };

/** One UTF-16 unit with its styles. */
export type StyledUnit = { unit: string; style: number };

/** Splits runs at line breaks. */
export function splitLines(runs: readonly TextRun[]): TextRun[][] {
  const lines: TextRun[][] = [[]];
  for (const { text, style } of runs) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (part) lines.at(-1)?.push({ text: part, style });
    }
  }
  return lines;
}

/** Returns the text of runs without styles. */
export function plainText(runs: readonly TextRun[]): string {
  return runs.map((run) => run.text).join('');
}

/** Returns every unit of the runs with its styles. */
export function toUnits(runs: readonly TextRun[]): StyledUnit[] {
  return runs.flatMap(({ text, style }) => text.split('').map((unit) => ({ unit, style })));
}
