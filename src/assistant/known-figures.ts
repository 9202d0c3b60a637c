import { readNumeral } from './figure-notation.ts';
import { findMentions, type Mention } from './figures.ts';

/** A number that a tool returned, and where: `accounts.3.sisa`. */
export interface Known {
  value: number;
  path: string;
}

/** How many members of a returned list share a value, by the words that name it. */
export interface Tally {
  noun: string | undefined;
  count: number;
  labels: string[];
  path: string;
}

/** What a JSON value holds, sorted by value where it is looked up by nearness. */
export interface KnownFigures {
  amounts: Known[];
  percents: Known[];
  /** every number, codes included */
  numbers: Known[];
  /** by noun; under '' what may count anything but days */
  counts: Map<string, Map<number, string>>;
  tallies: Tally[];
  /** counts inside names and other texts of rows, with the word beside them: «bimtek 3 hari» */
  phrases: Map<string, string>;
}

// Not data: ids, dates, what the model itself passed in, and error texts, which repeat it.
const LEFT_OUT =
  /^(?:id|uuid|.+_id|limit|offset|digits|operands?|arguments|args|how|operation|errors?|date|tanggal|.+_date|.+_at|month|year|file_name|phone.*)$/i;
const CODE = /^(?:kode|code|account|akun|.+_code)$/i;
const PERCENT = /persen|percent|serapan|poin|ratio/i;
const MONEY = /pagu|realisasi|sisa|alloca|aloka|jumlah|amount|rupiah|nilai/i;
const COUNT = /^(?:count|total|rows)$|^(?:count|jumlah)_|_count$/i;
const DAYS = /hari|days?$/i;

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
  ['months', 'laporan'],
]);

/** Every number in a JSON value that tools returned (or the context gave): numbers, numeric strings, lengths of lists, figures in texts. */
export function figuresOfData(value: unknown): KnownFigures {
  const known: KnownFigures = {
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

function take(known: KnownFigures, value: unknown, place: Place): void {
  if (LEFT_OUT.test(place.key)) return;
  if (typeof value === 'number') takeNumber(known, value, place);
  else if (typeof value === 'string') takeText(known, value, place);
  else if (Array.isArray(value)) takeList(known, value, place);
  else if (typeof value === 'object' && value !== null) takeFields(known, value, place);
}

function takeFields(known: KnownFigures, value: object, place: Place): void {
  const entries = Object.entries(value);
  const money = entries.some(([key, field]) => typeof field === 'number' && /^(?:pagu|realisasi|jumlah)$/.test(key));
  const listed = entries.find(([key, field]) => Array.isArray(field) && LISTS.has(key));
  for (const [key, field] of entries) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const noun = COUNT.test(key)
      ? (LISTS.get(key) ?? (listed && LISTS.get(listed[0])))
      : DAYS.test(key)
        ? 'hari'
        : undefined;
    take(known, field, { key, path, money: money || place.money || MONEY.test(key), noun });
  }
}

function takeList(known: KnownFigures, list: readonly unknown[], place: Place): void {
  const noun = LISTS.get(place.key);
  addCount(known, noun ?? '', list.length, place.path);
  addTallies(known, list, noun, place.path);
  for (const [nth, item] of list.entries())
    take(known, item, { ...place, path: `${place.path}.${nth}`, noun: undefined });
}

function takeNumber(known: KnownFigures, value: number, place: Place): void {
  if (!Number.isFinite(value)) return;
  const found = { value, path: place.path };
  known.numbers.push(found);
  if (CODE.test(place.key)) return;
  const named = COUNT.test(place.key);
  const percent = PERCENT.test(place.key);
  const result = place.key === 'result';
  const counts = named || !(place.money || percent);
  if (counts && Number.isInteger(value)) addCount(known, place.noun ?? '', value, place.path);
  if (result) addCount(known, 'hari', value, place.path);
  if (!named && !percent) known.amounts.push(found);
  if (percent || result || (!place.money && !Number.isInteger(value))) known.percents.push(found);
}

const NUMERIC = /^-?(?:0|[1-9][\d.,]*|0[.,]\d+)$/;

function takeText(known: KnownFigures, text: string, place: Place): void {
  const trimmed = text.trim();
  if (!NUMERIC.test(trimmed)) {
    for (const mention of findMentions(text)) takeMention(known, mention, place.path);
    return;
  }
  const around = { currency: place.money, percent: PERCENT.test(place.key), scaled: false, counted: false };
  const read = readNumeral(trimmed.replace('-', ''), around);
  if (read) takeNumber(known, trimmed.startsWith('-') ? -read.value : read.value, place);
}

function takeMention(known: KnownFigures, mention: Mention, path: string): void {
  const found = { value: mention.value, path };
  if (mention.stated) known.numbers.push(found);
  if (mention.kind === 'percent') known.percents.push(found);
  else if (mention.kind === 'amount' || (mention.kind === 'number' && mention.stated)) known.amounts.push(found);
  if (mention.kind !== 'count') return;
  for (const phrase of phrasesOf(mention)) known.phrases.set(phrase, path);
}

// In the context's own prose a count counts, other than in the name of a row; «minggu ini: 3» counts too.
function takeProse(known: KnownFigures, text: string): void {
  for (const mention of findMentions(text)) {
    takeMention(known, mention, '');
    if (mention.kind === 'count') addCount(known, mention.noun!, mention.value, '');
    if (mention.kind !== 'number') continue;
    if (!Number.isInteger(mention.value)) known.percents.push({ value: mention.value, path: '' });
    else if (/[:=(]\s?$/.test(text.slice(Math.max(0, mention.start - 2), mention.start)))
      addCount(known, '', mention.value, '');
  }
}

/** The phrases by which a count inside a name is known again: with the word before it, and with the word after it. */
export function phrasesOf(mention: Pick<Mention, 'value' | 'noun' | 'before' | 'after'>): string[] {
  const counted = `${mention.value} ${mention.noun}`;
  const before = mention.before === '' ? [] : [`${mention.before} ${counted}`];
  return mention.after === '' ? before : [...before, `${counted} ${mention.after}`];
}

function addCount(known: KnownFigures, noun: string, count: number, path: string): void {
  const counts = known.counts.get(noun) ?? new Map<number, string>();
  if (!counts.has(count)) counts.set(count, path);
  known.counts.set(noun, counts);
}

const MOST_TALLIES = 5000;

// «2 kegiatan berstatus Rencana»: how many rows of a list hold the same text in a field.
function addTallies(known: KnownFigures, list: readonly unknown[], noun: string | undefined, path: string): void {
  const groups = new Map<string, Tally>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null) continue;
    for (const [key, value] of Object.entries(item)) {
      if (typeof value !== 'string' || value.length > 80 || (LEFT_OUT.test(key) && !DATED.test(value))) continue;
      const tally = groups.get(`${key} ${value}`) ?? {
        noun,
        count: 0,
        labels: labelsOf(value),
        path: `${path}[${key}=${value}]`,
      };
      tally.count++;
      groups.set(`${key} ${value}`, tally);
    }
  }
  known.tallies.push(...[...groups.values()].slice(0, MOST_TALLIES - known.tallies.length));
}

const DATED = /^(\d{4})-(\d\d)-(\d\d)/;
const MONTH_NAMES = [
  'januari',
  'februari',
  'maret',
  'april',
  'mei',
  'juni',
  'juli',
  'agustus',
  'september',
  'oktober',
  'november',
  'desember',
];

function labelsOf(value: string): string[] {
  const date = DATED.exec(value);
  if (!date) return value.trim() === '' ? [] : [value.trim().toLowerCase()];
  const [day, month] = [Number(date[3]), Number(date[2])];
  const name = MONTH_NAMES[month - 1] ?? '';
  return [`${day} ${name}`, `${day} ${name.slice(0, 3)}`, `${day}/${month}`, value.slice(0, 10)];
}
