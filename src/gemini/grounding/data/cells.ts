import { extractMentions } from '../text/extract-figures.ts';
import type { Mention } from '../text/figures.ts';
import { parseDigits } from '../text/parse-numbers.ts';
import type { Cell, Records, Row } from './records.ts';

const CODE = /^(?:kode|code|account|akun|.+_code)$/i;
const PERCENT = /persen|percent|serapan|poin|ratio/i;
const COUNT = /^(?:count|total|shown|rows|without_pagu|skipped_rows|undated_left_out)$|^(?:count|jumlah)_|_count$/i;

const FIELD_NAMES = new Map([
  ['lock_pagu', 'blokir'],
  ['serapan_persen', 'serapan'],
  ['total_alokasi', 'alokasi'],
  ['total_allocation', 'alokasi'],
  ['jumlah', 'alokasi'],
]);

/** The position of a value in a result. */
export interface Place {
  key: string;
  path: string;
  row: Row;
  isMoney: boolean;
  isChange: boolean;
  noun: string;
  /** Offset of the page. */
  skipped: number;
}

export function addNumber(records: Records, value: number, place: Place): void {
  if (!Number.isFinite(value)) return;
  const { key, isMoney } = place;
  if (CODE.test(key)) {
    addCell(records, { value, kind: 'any', field: 'text', noun: '', place });
    return;
  }
  const field = FIELD_NAMES.get(key) ?? (key === 'allocation' ? 'alokasi' : key);
  const isCount = COUNT.test(key) && !(key === 'total' && isMoney);
  const isPercent = !isCount && PERCENT.test(key);
  const isResult = key === 'result';
  const add = (kind: Cell['kind'], noun = '') => addCell(records, { value, kind, field, noun, place });
  if (Number.isInteger(value) && (isCount || !(isMoney || isPercent))) add('count', place.noun);
  if (isResult) add('count', 'hari');
  if (!isCount && !isPercent) add('amount');
  if (isPercent || isResult || (!isMoney && !Number.isInteger(value))) add('percent');
  add('any', isCount ? place.noun || 'baris' : '');
}

export function addCell(
  records: Records,
  { place, ...cell }: Pick<Cell, 'value' | 'kind' | 'field' | 'noun'> & { place: Place },
): void {
  const { row, path, isChange } = place;
  const added: Cell = { ...cell, isChange, row, path, result: row.result };
  records.cells[cell.kind].push(added);
  row.cells.push(added);
}

const NUMERIC = /^-?(?:0|[1-9][\d.,]*|0[.,]\d+)$/;

export function addText(records: Records, text: string, place: Place): void {
  const trimmed = text.trim();
  if (!NUMERIC.test(trimmed)) {
    // The explanation of calculate, «45,3 ÷ 10 × 12»: its 100% is no figure.
    const mentions = extractMentions(text).filter(({ kind }) => place.key !== 'how' || kind !== 'percent');
    for (const mention of mentions) addMention(records, mention, place);
    return;
  }
  const context = { currency: place.isMoney, percent: PERCENT.test(place.key), scaled: false, counted: false };
  const numeral = parseDigits(trimmed.replace('-', ''), context);
  if (numeral) addNumber(records, trimmed.startsWith('-') ? -numeral.value : numeral.value, place);
}

function addMention(records: Records, mention: Mention, place: Place): void {
  const { value, kind } = mention;
  const add = (as: Cell['kind']) => addCell(records, { value, kind: as, field: 'text', noun: '', place });
  if (mention.isFigure || place.key === 'how') add('any');
  if (kind === 'percent') add('percent');
  else if (kind === 'amount' || (kind === 'number' && mention.isFigure)) add('amount');
  if (kind !== 'count') return;
  const cell: Cell = {
    value,
    kind: 'count',
    field: 'text',
    noun: '',
    isChange: false,
    row: place.row,
    path: place.path,
    result: place.row.result,
  };
  for (const phrase of embeddedCounts(mention)) records.phrases.set(phrase, cell);
}

/** Adds the figures of plain text. Unlike in a row's name, its counts and bare numbers are data: «Rencana 18». */
export function addProse(records: Records, text: string, place: Place): void {
  for (const mention of extractMentions(text)) {
    addMention(records, mention, place);
    const { value, kind } = mention;
    const add = (as: Cell['kind'], noun: string) => addCell(records, { value, kind: as, field: 'text', noun, place });
    if (kind === 'count') add('count', mention.noun!);
    if (kind !== 'number') continue;
    if (!Number.isInteger(value)) add('percent', '');
    else if (mention.after === '') add('count', '');
  }
}

/** Returns the phrases that identify a count inside a name: with the word before it, and with the word after it. */
export function embeddedCounts(mention: Pick<Mention, 'value' | 'noun' | 'before' | 'after'>): string[] {
  const counted = `${mention.value} ${mention.noun}`;
  const before = mention.before === '' ? [] : [`${mention.before} ${counted}`];
  return mention.after === '' ? before : [...before, `${counted} ${mention.after}`];
}
