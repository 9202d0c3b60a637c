import type { ReadText } from '../binding/bind.ts';
import type { Item } from '../binding/read-answer.ts';
import type { Records } from '../data/records.ts';
import { selectByThreshold, selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/extract-figures.ts';
import { boundLabels, type Known } from './scene.ts';

const ABOVE = /(?:di atas|lebih dari|ke atas| ≥| >|melebihi|melampaui|minimal)$/;
const BELOW = /(?:di bawah|kurang dari|belum sampai|belum mencapai| ≤| <|maksimal)$/;

/** Returns whether a figure is a round limit («di bawah 50%»), and the figures or rows that the sentence names are on that side of it. */
export function isTrueLimit({ tokens }: ReadText, item: Item, records: Records, known: readonly Known[]): boolean {
  const { mention, binding } = item;
  const before = ` ${tokens[mention.from - 2]?.lower ?? ''} ${tokens[mention.from - 1]?.lower ?? ''}`;
  const sign = ABOVE.test(before) ? 1 : BELOW.test(before) ? -1 : 0;
  if (sign === 0 || !isRound(mention)) return false;
  const isBeyond = (value: number) => sign * (value - mention.value) > 0;
  const inSentence = between(known, (each) => each.mention.from, binding.sentence.from, binding.sentence.to);
  // The number of rows beyond the limit is confirmed, so the limit needs no confirmation.
  if (inSentence.some(({ limit }) => limit === mention.text)) return true;
  const counts = inSentence.filter((each) => each.mention.kind === 'count').map(({ exact }) => exact);
  const fields = mention.kind === 'percent' ? ['serapan'] : ['pagu', 'realisasi', 'sisa', 'alokasi'];
  const isCounted = ({ rows }: { rows: readonly unknown[] }) => counts.includes(rows.length);
  if (fields.some((field) => selectByThreshold(records, field, isBeyond).some(isCounted))) return true;
  const figures = inSentence.filter((each) => each.mention.kind === mention.kind).map(({ exact }) => exact);
  const subjects = figures.length > 0 ? figures : numbersOfRows(item, records);
  return subjects.length > 0 && subjects.every(isBeyond);
}

function isRound({ kind, value, precision }: Mention): boolean {
  if (kind === 'percent') return value % 5 === 0 || precision > 2;
  return kind === 'amount' && /^0*[1-9]\d?0*$/.test(String(value));
}

/** The numbers of the field that the text names: of the named rows, else of whole results. */
function numbersOfRows({ mention, binding }: Item, records: Records): number[] {
  const fields = binding.fields ?? new Set(mention.kind === 'percent' ? ['serapan'] : []);
  const labels = boundLabels(binding);
  const named = labels.size > 0 ? selectRows(records, labels).flatMap(({ rows }) => rows) : [];
  const rows = named.length > 0 ? named : records.rows.filter(({ isTotal }) => isTotal);
  return rows.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell.kind === mention.kind && fields.has(cell.field) && !cell.isChange ? cell.value : [])),
  );
}
