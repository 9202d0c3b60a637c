/** Formats rows as a Markdown table with aligned columns. */
export function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.every((row) => /^[\d.,\s/–×]*(?:ms|s|MB)?$/.test(String(row[column]))));
  const pad = (text: string, column: number) =>
    isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const rule = widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  const [first = [], ...rest] = lines.map((line) => line.map(pad));
  return [first, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
