import { extractMentions, type Mention } from './extract-figures.ts';
import { addValueCounts, type ValueCount } from './list-counts.ts';
import { parseDigits } from './parse-numbers.ts';

/** A number in a tool's result, and its path: `accounts.3.sisa`. */
export interface DataFigure {
  value: number;
  path: string;
}

/** The figures of a result. The arrays are sorted by value, to find the nearest one. */
export interface DataFigures {
  amounts: DataFigure[];
  percents: DataFigure[];
  /** Every number, including codes. */
  numbers: DataFigure[];
  /** Paths by noun and count. Counts under '' fit every noun except hari. */
  counts: Map<string, Map<number, string>>;
  valueCounts: ValueCount[];
  /** Paths of counts inside names and other texts, by count and adjacent word: «bimtek 3 hari». */
  phrases: Map<string, string>;
}

/** Fields that are not data: ids, dates, arguments of the model, and errors, which repeat arguments. */
const IGNORED_FIELDS =
  /^(?:id|uuid|.+_id|limit|offset|digits|operands?|arguments|args|operation|errors?|date|tanggal|.+_date|.+_at|month|year|since|file_name|phone.*)$/i;
const CODE = /^(?:kode|code|account|akun|.+_code)$/i;
const PERCENT = /persen|percent|serapan|poin|ratio/i;
const MONEY = /pagu|realisasi|sisa|alloca|aloka|jumlah|amount|rupiah|nilai/i;
const COUNT = /^(?:count|total|shown|rows|without_pagu|skipped_rows|undated_left_out)$|^(?:count|jumlah)_|_count$/i;
const DAYS = /(?:^|_)(?:hari|days?)(?:_|$)/i;
/** An object with one of these fields is a row of amounts. The keys of by_status begin with capitals. */
const AMOUNT_FIELDS = ['pagu', 'realisasi', 'jumlah', 'outstanding'];

/** Nouns that lists and statistics count, by field. */
const NOUNS_BY_FIELD = new Map([
  ['activities', 'kegiatan'],
  ['kegiatan', 'kegiatan'],
  ['accounts', 'akun'],
  ['akun', 'akun'],
  ['rows', 'rincian'],
  ['rincian', 'rincian'],
  ['allocations', 'rincian'],
  ['reports', 'laporan'],
  ['laporan', 'laporan'],
  ['available', 'laporan'],
  ['months', 'laporan'],
  ['by_status', 'kegiatan'],
]);

/** Extracts every number of a result or of the activity context: numbers, numeric strings, lengths of lists, figures in texts. */
export function extractDataFigures(value: unknown): DataFigures {
  const figures: DataFigures = {
    amounts: [],
    percents: [],
    numbers: [],
    counts: new Map(),
    valueCounts: [],
    phrases: new Map(),
  };
  const parsed = typeof value === 'string' ? parseJsonText(value) : value;
  if (typeof parsed === 'string') addProse(figures, parsed);
  else addValue(figures, parsed, { key: '', path: '', isMoney: false, noun: undefined });
  for (const list of [figures.amounts, figures.percents, figures.numbers])
    list.sort((one, two) => one.value - two.value);
  return figures;
}

/** The position of a value in a result. */
interface Place {
  key: string;
  path: string;
  /** The value is an amount or a sibling of amounts, so it is no count. */
  isMoney: boolean;
  /** What a count at this position counts, e.g. kegiatan beside a list of activities; undefined: any noun except hari. */
  noun: string | undefined;
}

/** Parses JSON; other texts are returned unchanged. */
function parseJsonText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function addValue(figures: DataFigures, value: unknown, place: Place): void {
  if (IGNORED_FIELDS.test(place.key)) return;
  if (typeof value === 'number') addNumber(figures, value, place);
  else if (typeof value === 'string') addText(figures, value, place);
  else if (Array.isArray(value)) addList(figures, value, place);
  else if (typeof value === 'object' && value !== null) addFields(figures, value, place);
}

function addFields(figures: DataFigures, fields: object, place: Place): void {
  const entries = Object.entries(fields);
  const isMoney =
    place.isMoney || entries.some(([key, field]) => typeof field === 'number' && AMOUNT_FIELDS.includes(key));
  const listed = entries.find(([key, field]) => typeof field === 'object' && NOUNS_BY_FIELD.has(key))?.[0];
  if (listed) addRemainingCount(figures, fields, { noun: NOUNS_BY_FIELD.get(listed) ?? '', path: place.path });
  for (const [key, field] of entries) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const noun = DAYS.test(key)
      ? 'hari'
      : (NOUNS_BY_FIELD.get(key) ?? (listed ? NOUNS_BY_FIELD.get(listed) : place.noun));
    addValue(figures, field, { key, path, isMoney: isMoney || MONEY.test(key), noun });
  }
}

/** Adds the number of matches after the page: «Masih ada 27 kegiatan lainnya». */
function addRemainingCount(figures: DataFigures, fields: object, place: { noun: string; path: string }): void {
  const { count, shown, offset = 0 } = fields as { count?: unknown; shown?: unknown; offset?: unknown };
  if (typeof count !== 'number' || typeof shown !== 'number' || typeof offset !== 'number') return;
  const remaining = count - shown - offset;
  if (remaining > 0) addCount(figures, place.noun, remaining, place.path === '' ? 'count' : `${place.path}.count`);
}

function addList(figures: DataFigures, list: readonly unknown[], place: Place): void {
  const noun = NOUNS_BY_FIELD.get(place.key);
  addCount(figures, noun ?? '', list.length, place.path);
  addValueCounts(figures.valueCounts, list, { noun, path: place.path, isIgnored: (key) => IGNORED_FIELDS.test(key) });
  for (const [nth, item] of list.entries()) {
    addValue(figures, item, { ...place, path: `${place.path}.${nth}`, noun: undefined });
  }
}

function addNumber(figures: DataFigures, value: number, place: Place): void {
  if (!Number.isFinite(value)) return;
  const found = { value, path: place.path };
  figures.numbers.push(found);
  if (CODE.test(place.key)) return;
  const isCount = COUNT.test(place.key);
  const isPercent = !isCount && PERCENT.test(place.key);
  const isResult = place.key === 'result';
  if (Number.isInteger(value) && (isCount || !(place.isMoney || isPercent)))
    addCount(figures, place.noun ?? '', value, found.path);
  if (isResult) addCount(figures, 'hari', value, found.path);
  if (!isCount && !isPercent) figures.amounts.push(found);
  if (isPercent || isResult || (!place.isMoney && !Number.isInteger(value))) figures.percents.push(found);
}

const NUMERIC = /^-?(?:0|[1-9][\d.,]*|0[.,]\d+)$/;

function addText(figures: DataFigures, text: string, place: Place): void {
  const trimmed = text.trim();
  if (!NUMERIC.test(trimmed)) {
    const mentions = extractMentions(text);
    // The explanation of calculate, «45,3 ÷ 10 × 12»: its 100% is no figure.
    if (place.key === 'how')
      figures.numbers.push(...mentions.filter(isPlainNumber).map(({ value }) => ({ value, path: place.path })));
    else for (const mention of mentions) addMention(figures, mention, place.path);
    return;
  }
  const context = { currency: place.isMoney, percent: PERCENT.test(place.key), scaled: false, counted: false };
  const numeral = parseDigits(trimmed.replace('-', ''), context);
  if (numeral) addNumber(figures, trimmed.startsWith('-') ? -numeral.value : numeral.value, place);
}

function addMention(figures: DataFigures, mention: Mention, path: string): void {
  const found = { value: mention.value, path };
  if (mention.isFigure) figures.numbers.push(found);
  if (mention.kind === 'percent') figures.percents.push(found);
  else if (mention.kind === 'amount' || (mention.kind === 'number' && mention.isFigure)) figures.amounts.push(found);
  if (mention.kind !== 'count') return;
  for (const phrase of embeddedCounts(mention)) figures.phrases.set(phrase, path);
}

/** Adds the figures of the activity context. Unlike in a row's name, its counts and bare numbers are data: «Rencana 18». */
function addProse(figures: DataFigures, text: string): void {
  for (const mention of extractMentions(text)) {
    addMention(figures, mention, '');
    if (mention.kind === 'count') addCount(figures, mention.noun!, mention.value, '');
    if (!isPlainNumber(mention)) continue;
    if (!Number.isInteger(mention.value)) figures.percents.push({ value: mention.value, path: '' });
    else if (mention.after === '') addCount(figures, '', mention.value, '');
  }
}

function isPlainNumber(mention: Mention): boolean {
  return mention.kind === 'number';
}

/** Returns the phrases that identify a count inside a name: with the word before it, and with the word after it. */
export function embeddedCounts(mention: Pick<Mention, 'value' | 'noun' | 'before' | 'after'>): string[] {
  const counted = `${mention.value} ${mention.noun}`;
  const before = mention.before === '' ? [] : [`${mention.before} ${counted}`];
  return mention.after === '' ? before : [...before, `${counted} ${mention.after}`];
}

function addCount(figures: DataFigures, noun: string, count: number, path: string): void {
  const counts = figures.counts.get(noun) ?? new Map<number, string>();
  if (!counts.has(count)) counts.set(count, path);
  figures.counts.set(noun, counts);
}
