import type { ReadText } from '../binding/binding.ts';
import type { Item } from '../binding/read-answer.ts';
import type { Records } from '../data/records.ts';
import { selectByThreshold, selectRows, totalRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';
import type { Token } from '../text/tokenizer.ts';
import { boundLabels, type Known } from './scene.ts';
import { signOfLimit } from './thresholds.ts';

/** Returns whether a figure is a round limit («di bawah 50%»), and the figures or rows that the sentence names are on that side of it. */
export function isTrueLimit({ tokens }: ReadText, item: Item, records: Records, known: readonly Known[]): boolean {
  const { mention, binding } = item;
  if (!isRound(mention)) return false;
  const inSentence = between(known, (each) => each.mention.from, binding.sentence.from, binding.sentence.to);
  // The number of rows beyond the limit is confirmed, so the limit needs no confirmation.
  if (inSentence.some(({ limit }) => limit?.split('–').some((text) => mention.text.startsWith(text)))) return true;
  const sign = signOfLimit(tokens, mention);
  if (sign === 0) return false;
  const isBeyond = (value: number) => sign * (value - mention.value) > 0;
  const counts = inSentence.filter((each) => each.mention.kind === 'count').map(({ exact }) => exact);
  const fields = mention.kind === 'percent' ? ['serapan'] : ['pagu', 'realisasi', 'sisa', 'alokasi'];
  const isCounted = ({ rows }: { rows: readonly unknown[] }) => counts.includes(rows.length);
  if (fields.some((field) => selectByThreshold(records, field, isBeyond).some(isCounted))) return true;
  // «Semuanya di bawah 55%»: the figures above.
  const listed = EACH.test(item.words) ? between(known, (each) => each.mention.from, 0, mention.from) : [];
  const isAbove = (each: Known) => binding.line - each.binding.line <= MAX_LINES_ABOVE;
  const figures = [...inSentence, ...listed.filter(isAbove)]
    .filter((each) => each.mention.kind === mention.kind && !each.mention.isPoints)
    .map(({ exact }) => exact);
  const last = known.findLast((each) => each.mention.from < mention.from && each.mention.kind === mention.kind);
  const isAfter =
    mention.kind === 'percent' && last !== undefined && binding.line === last.binding.line && isBeyond(last.exact);
  const subjects = figures.length > 0 ? figures : isAfter ? [last.exact] : numbersOfRows(item, records);
  return subjects.length > 0 && subjects.every(isBeyond);
}

/** «di bawah 50%»: a round limit, which no computation confirms. */
export function isLimit(tokens: readonly Token[], mention: Mention): boolean {
  return isRound(mention) && mention.precision <= 0.5 && signOfLimit(tokens, mention) !== 0;
}

const EACH = /\b(?:semua|semuanya|seluruhnya|keduanya|ketiganya|keempatnya|kelimanya)\b/;
/** Maximum number of lines that «semuanya» reaches back. */
const MAX_LINES_ABOVE = 12;

function isRound({ kind, value, precision }: Mention): boolean {
  if (kind === 'percent') return value % 5 === 0 || precision > 2;
  return kind === 'amount' && /^0*[1-9]\d?0*$/.test(String(value));
}

/** The numbers of the field that the text names: of the named rows, else of whole results. */
function numbersOfRows({ mention, binding }: Item, records: Records): number[] {
  const fields = binding.fields ?? new Set(mention.kind === 'percent' ? ['serapan'] : []);
  const labels = boundLabels(binding);
  const named = labels.size > 0 ? selectRows(records, labels).flatMap(({ rows }) => rows) : [];
  const rows = named.length > 0 ? named : totalRows(records);
  return rows.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell.kind === mention.kind && fields.has(cell.field) && !cell.isChange ? cell.value : [])),
  );
}
