import { extractMentions, type Mention } from './extract-figures.ts';
import { addValueCounts, type ValueCount } from './list-counts.ts';
import { parseNumeral } from './parse-numbers.ts';

/** A number that a tool returned, and where: `accounts.3.sisa`. */
export interface DataFigure {
  value: number;
  path: string;
}

/** What a JSON value holds, sorted by value where it is looked up by nearness. */
export interface DataFigures {
  amounts: DataFigure[];
  percents: DataFigure[];
  /** every number, codes included */
  numbers: DataFigure[];
  /** by noun; under '' what may count anything but days */
  counts: Map<string, Map<number, string>>;
  tallies: ValueCount[];
  /** counts inside names and other texts of rows, with the word beside them: «bimtek 3 hari» */
  phrases: Map<string, string>;
}

// Not data: ids, dates, what the model itself passed in, and error texts, which repeat it.
const LEFT_OUT =
  /^(?:id|uuid|.+_id|limit|offset|digits|operands?|arguments|args|operation|errors?|date|tanggal|.+_date|.+_at|month|year|since|file_name|phone.*)$/i;
const CODE = /^(?:kode|code|account|akun|.+_code)$/i;
const PERCENT = /persen|percent|serapan|poin|ratio/i;
const MONEY = /pagu|realisasi|sisa|alloca|aloka|jumlah|amount|rupiah|nilai/i;
const COUNT = /^(?:count|total|shown|rows|without_pagu|skipped_rows|undated_left_out)$|^(?:count|jumlah)_|_count$/i;
const DAYS = /(?:^|_)(?:hari|days?)(?:_|$)/i;
// An object with one of these beside others is a row of amounts; by_status counts stand under capitals.
const AMOUNTS = ['pagu', 'realisasi', 'jumlah', 'outstanding'];

const LISTS = new Map([
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

/** Every number in a JSON value that tools returned (or the context gave): numbers, numeric strings, lengths of lists, figures in texts. */
export function extractDataFigures(value: unknown): DataFigures {
  const known: DataFigures = {
    amounts: [],
    percents: [],
    numbers: [],
    counts: new Map(),
    tallies: [],
    phrases: new Map(),
  };
  const parsed = typeof value === 'string' ? parsedJson(value) : value;
  if (typeof parsed === 'string') takeProse(known, parsed);
  else take(known, parsed, { key: '', path: '', money: false, noun: undefined });
  for (const list of [known.amounts, known.percents, known.numbers]) list.sort((one, two) => one.value - two.value);
  return known;
}

interface Place {
  key: string;
  path: string;
  /** it stands among amounts, so that it counts nothing */
  money: boolean;
  /** what numbers that count count here: kegiatan beside a list of activities; undefined for anything but days */
  noun: string | undefined;
}

function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function take(known: DataFigures, value: unknown, place: Place): void {
  if (LEFT_OUT.test(place.key)) return;
  if (typeof value === 'number') takeNumber(known, value, place);
  else if (typeof value === 'string') takeText(known, value, place);
  else if (Array.isArray(value)) takeList(known, value, place);
  else if (typeof value === 'object' && value !== null) takeFields(known, value, place);
}

function takeFields(known: DataFigures, fields: object, place: Place): void {
  const entries = Object.entries(fields);
  const money = place.money || entries.some(([key, field]) => typeof field === 'number' && AMOUNTS.includes(key));
  const listed = entries.find(([key, field]) => typeof field === 'object' && LISTS.has(key))?.[0];
  if (listed) takeRemaining(known, fields, { noun: LISTS.get(listed) ?? '', path: place.path });
  for (const [key, field] of entries) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const noun = DAYS.test(key) ? 'hari' : (LISTS.get(key) ?? (listed ? LISTS.get(listed) : place.noun));
    take(known, field, { key, path, money: money || MONEY.test(key), noun });
  }
}

/** Counts the matches behind the page that a list result shows: «Masih ada 27 kegiatan lainnya». */
function takeRemaining(known: DataFigures, fields: object, place: { noun: string; path: string }): void {
  const { count, shown, offset = 0 } = fields as { count?: unknown; shown?: unknown; offset?: unknown };
  if (typeof count !== 'number' || typeof shown !== 'number' || typeof offset !== 'number') return;
  const remaining = count - shown - offset;
  if (remaining > 0) addCount(known, place.noun, remaining, place.path === '' ? 'count' : `${place.path}.count`);
}

function takeList(known: DataFigures, list: readonly unknown[], place: Place): void {
  const noun = LISTS.get(place.key);
  addCount(known, noun ?? '', list.length, place.path);
  addValueCounts(known.tallies, list, { noun, path: place.path, isLeftOut: (key) => LEFT_OUT.test(key) });
  for (const [nth, item] of list.entries()) {
    take(known, item, { ...place, path: `${place.path}.${nth}`, noun: undefined });
  }
}

function takeNumber(known: DataFigures, value: number, place: Place): void {
  if (!Number.isFinite(value)) return;
  const found = { value, path: place.path };
  known.numbers.push(found);
  if (CODE.test(place.key)) return;
  const counts = COUNT.test(place.key);
  const percent = !counts && PERCENT.test(place.key);
  const result = place.key === 'result';
  if (Number.isInteger(value) && (counts || !(place.money || percent)))
    addCount(known, place.noun ?? '', value, found.path);
  if (result) addCount(known, 'hari', value, found.path);
  if (!counts && !percent) known.amounts.push(found);
  if (percent || result || (!place.money && !Number.isInteger(value))) known.percents.push(found);
}

const NUMERIC = /^-?(?:0|[1-9][\d.,]*|0[.,]\d+)$/;

function takeText(known: DataFigures, text: string, place: Place): void {
  const trimmed = text.trim();
  if (!NUMERIC.test(trimmed)) {
    const mentions = extractMentions(text);
    // How calculate came to its result: «45,3 ÷ 10 × 12», with a 100% that states nothing.
    if (place.key === 'how')
      known.numbers.push(...mentions.filter(isBare).map(({ value }) => ({ value, path: place.path })));
    else for (const mention of mentions) takeMention(known, mention, place.path);
    return;
  }
  const around = { currency: place.money, percent: PERCENT.test(place.key), scaled: false, counted: false };
  const read = parseNumeral(trimmed.replace('-', ''), around);
  if (read) takeNumber(known, trimmed.startsWith('-') ? -read.value : read.value, place);
}

function takeMention(known: DataFigures, mention: Mention, path: string): void {
  const found = { value: mention.value, path };
  if (mention.stated) known.numbers.push(found);
  if (mention.kind === 'percent') known.percents.push(found);
  else if (mention.kind === 'amount' || (mention.kind === 'number' && mention.stated)) known.amounts.push(found);
  if (mention.kind !== 'count') return;
  for (const phrase of embeddedCounts(mention)) known.phrases.set(phrase, path);
}

// In the context's own prose a count counts, unlike in the name of a row; so does a lone number: «Rencana 18, Komitmen: 9».
function takeProse(known: DataFigures, text: string): void {
  for (const mention of extractMentions(text)) {
    takeMention(known, mention, '');
    if (mention.kind === 'count') addCount(known, mention.noun!, mention.value, '');
    if (!isBare(mention)) continue;
    if (!Number.isInteger(mention.value)) known.percents.push({ value: mention.value, path: '' });
    else if (mention.after === '') addCount(known, '', mention.value, '');
  }
}

function isBare(mention: Mention): boolean {
  return mention.kind === 'number';
}

/** The phrases by which a count inside a name is known again: with the word before it, and with the word after it. */
export function embeddedCounts(mention: Pick<Mention, 'value' | 'noun' | 'before' | 'after'>): string[] {
  const counted = `${mention.value} ${mention.noun}`;
  const before = mention.before === '' ? [] : [`${mention.before} ${counted}`];
  return mention.after === '' ? before : [...before, `${counted} ${mention.after}`];
}

function addCount(known: DataFigures, noun: string, count: number, path: string): void {
  const counts = known.counts.get(noun) ?? new Map<number, string>();
  if (!counts.has(count)) counts.set(count, path);
  known.counts.set(noun, counts);
}
