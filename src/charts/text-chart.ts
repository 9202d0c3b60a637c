import { escapeMarkdown } from '../gemini/fallback/wording/format.ts';
import { indonesianMonth } from '../supabase/calendar.ts';
import { type Chart, chartNotes, chartTitle, SEGMENTS } from './chart.ts';
import { formatShare, formatShortRupiah, formatValue } from './format-values.ts';

/** Characters of the longest bar: it fits on one line of a phone with its value. */
const BAR_LENGTH = 10;
const MAX_NAME_LENGTH = 60;
const POSITIVE = '▇';
const NEGATIVE = '░';
const SEGMENT_BLOCKS = { realisasi: '█', outstanding: '▓', komitmen: '▒', sisa: '░' } as const;

/** Writes a chart as a text (Markdown): one bar of block characters per row. `reason`: why there is no picture. */
export function writeTextChart(chart: Chart, reason: string): string {
  const title = escapeMarkdown([chartTitle(chart), chart.scope].filter(Boolean).join(', '));
  const notes = chartNotes(chart).map((note) => `_${escapeMarkdown(note)}._`);
  return [`**${title}**`, ...writeRows(chart), notes.join('\n'), reason].join('\n\n');
}

function writeRows(chart: Chart): string[] {
  switch (chart.kind) {
    case 'trend': {
      // The bar shows the share of pagu; without pagu, the amount.
      const hasShare = chart.months.some(({ serapan }) => serapan !== null);
      const sizes = chart.months.map(({ serapan, realisasi }) => (hasShare ? (serapan ?? 0) : realisasi));
      return chart.months.map(({ month, realisasi, serapan }, index) => {
        const share = serapan === null ? '' : ` (${formatShare(serapan)})`;
        const value = `${formatShortRupiah(realisasi)}${share}`;
        return writeRow(indonesianMonth(month), bar(sizes[index] ?? 0, sizes), value);
      });
    }
    case 'bars': {
      const sizes = chart.rows.map(({ value }) => value ?? 0);
      return chart.rows.map(({ name, value }, index) =>
        writeRow(`${index + 1}. ${name}`, bar(value ?? 0, sizes), formatValue(value, chart.measure)),
      );
    }
    case 'stack': {
      const legend = SEGMENTS.map(([key, name]) => `${SEGMENT_BLOCKS[key]} ${name.toLowerCase()}`).join(', ');
      const sizes = chart.rows.map((row) => SEGMENTS.reduce((sum, [key]) => sum + Math.max(0, row[key]), 0));
      return [
        legend,
        ...chart.rows.map((row, index) => {
          const blocks = SEGMENTS.map(([key]) => SEGMENT_BLOCKS[key].repeat(blocksOf(row[key], sizes))).join('');
          const minus = row.sisa < 0 ? `, sisa ${formatShortRupiah(row.sisa)}` : '';
          return writeRow(`${index + 1}. ${row.name}`, blocks, `${formatShortRupiah(row.pagu)}${minus}`);
        }),
      ];
    }
  }
}

function writeRow(name: string, blocks: string, value: string): string {
  const short = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH - 1).toWellFormed()}…` : name;
  // A number before a dot would begin a list.
  const plain = escapeMarkdown(short).replace(/^(\d+)\. /, '$1\\. ');
  return `${plain}  \n${blocks}${blocks ? ' ' : ''}${value}`;
}

function bar(value: number, all: readonly number[]): string {
  return (value < 0 ? NEGATIVE : POSITIVE).repeat(blocksOf(Math.abs(value), all.map(Math.abs)));
}

/** At least one block for an amount above 0. */
function blocksOf(value: number, all: readonly number[]): number {
  const longest = Math.max(...all);
  return value > 0 && longest > 0 ? Math.max(1, Math.round((value / longest) * BAR_LENGTH)) : 0;
}
