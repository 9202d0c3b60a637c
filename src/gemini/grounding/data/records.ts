import { extractMentions, type Mention } from '../text/extract-figures.ts';
import { labelWeeks } from './weeks.ts';
import { createLabels, type Label, type LabelIndex, OBJECT_KINDS } from './labels.ts';
import { parseDigits } from '../text/parse-numbers.ts';

/** An object of the data: an account, an activity, a month, a status, or a whole result. */
export interface Row {
  /** By kind; a row has the labels of its parents too, unless it has its own of that kind. */
  labels: Map<string, Set<Label>>;
  parent: Row | null;
  list: List | null;
  cells: Cell[];
  /** Lists of a whole result. */
  lists: List[];
  result: number;
  /** A whole result or its totals: its numbers stand for all rows. */
  isTotal: boolean;
}

/** Rows of one array. */
export interface List {
  noun: string;
  rows: Row[];
  /** The object that contains the array, with its count and totals. */
  owner: Row;
  path: string;
  /** Whether the data contains all rows that the count counts. */
  isComplete: boolean;
  /** A map from names to numbers, such as allocation_by_status: its rows are not counted. */
  isMap: boolean;
  /** Matches before the first row: the offset of the page. */
  skipped: number;
}

/** A number of the data. */
export interface Cell {
  value: number;
  kind: 'amount' | 'percent' | 'count' | 'any';
  /** The name of the number: `realisasi`, `sisa`, `count` … `text`: a number inside a text. `result`: of a calculation. */
  field: string;
  /** A change since the month before. */
  isChange: boolean;
  row: Row;
  result: number;
  path: string;
  /** What a count counts; '': anything except days. */
  noun: string;
}

/** The numbers of all results, sorted by value within each kind. */
export interface Records {
  cells: Record<'amount' | 'percent' | 'count' | 'any', Cell[]>;
  rows: Row[];
  lists: List[];
  labels: LabelIndex;
  /** Counts inside names, by count and adjacent word: «bimtek 3 hari». */
  phrases: Map<string, Cell>;
}

/** Fields that are not data: ids, dates, arguments of the model, and errors, which repeat arguments. */
const IGNORED =
  /^(?:id|uuid|.+_id|limit|offset|digits|operands?|arguments|args|operation|errors?|date|tanggal|.+_date|.+_at|month|year|since|hari|file_name|phone.*)$/i;
const CODE = /^(?:kode|code|account|akun|.+_code)$/i;
const PERCENT = /persen|percent|serapan|poin|ratio/i;
const MONEY = /pagu|realisasi|sisa|alloca|aloka|jumlah|amount|rupiah|nilai|outstanding|komitmen/i;
const COUNT = /^(?:count|total|shown|rows|without_pagu|skipped_rows|undated_left_out)$|^(?:count|jumlah)_|_count$/i;
const DAYS = /(?:^|_)(?:hari|days?)(?:_|$)/i;
/** An object with one of these fields is a row of amounts. */
const AMOUNT_FIELDS = ['pagu', 'realisasi', 'jumlah', 'outstanding'];
/** A map from names to numbers: `by_status`, `allocation_by_status`. */
const MAP = /(?:^|_)(?:by|per)_(\w+)$/i;

/** Nouns that lists and statistics count, by field. */
const NOUNS = new Map([
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

/** Counts of statistics that stand for a part of the activities, by field, with the label of that part. */
const PART_COUNTS: Record<string, [kind: string, label: string]> = {
  overdue: ['flag', 'terlambat'],
  undated: ['flag', 'belum bertanggal'],
  undated_left_out: ['flag', 'belum bertanggal'],
  today: ['period', 'hari ini'],
  this_week: ['period', 'minggu ini'],
  next_week: ['period', 'minggu depan'],
};

const FIELD_NAMES = new Map([
  ['lock_pagu', 'blokir'],
  ['serapan_persen', 'serapan'],
  ['total_alokasi', 'alokasi'],
  ['total_allocation', 'alokasi'],
  ['jumlah', 'alokasi'],
]);

/** The position of a value in a result. */
interface Place {
  key: string;
  path: string;
  row: Row;
  isMoney: boolean;
  isChange: boolean;
  noun: string;
  /** Offset of the page. */
  skipped: number;
}

/** Reads every number of the results: numbers, numeric strings, lengths of lists, and figures in texts. */
export function readRecords(results: readonly unknown[]): Records {
  const labels = createLabels();
  const records: Records = {
    cells: { amount: [], percent: [], count: [], any: [] },
    rows: [],
    lists: [],
    labels,
    phrases: new Map(),
  };
  for (const [result, value] of results.entries()) {
    const parsed = typeof value === 'string' ? parseJsonText(value) : value;
    const row = addRow(records, { parent: null, list: null, result });
    row.isTotal = true;
    const place = { key: '', path: '', row, isMoney: false, isChange: false, noun: '', skipped: 0 };
    if (typeof parsed === 'string') addProse(records, parsed, place);
    else addValue(records, parsed, place);
  }
  for (const list of records.lists) shareLabels(list, records.labels);
  labelWeeks(records);
  for (const row of records.rows)
    for (const labels of row.labels.values()) for (const label of labels) noteFields(label, row);
  for (const cells of Object.values(records.cells)) cells.sort((one, two) => one.value - two.value);
  return records;
}

/** Rows of a list can be counted by status, day or person; rows of objects are single. */
function noteFields(label: Label, row: Row): void {
  if (row.list !== null && !row.list.isMap && !OBJECT_KINDS.has(label.kind)) label.fields.add('count');
  label.rows.add(row);
  for (const cell of row.cells) label.fields.add(fieldClass(cell));
}

/** Returns the name under which a number is compared: all counts are one field. */
export function fieldClass({ kind, field, noun }: Cell): string {
  return kind === 'count' || (kind === 'any' && noun !== '') ? 'count' : field;
}

function addRow(records: Records, { parent, list, result }: Pick<Row, 'parent' | 'list' | 'result'>): Row {
  const row: Row = { labels: new Map(parent?.labels), parent, list, cells: [], lists: [], result, isTotal: false };
  records.rows.push(row);
  list?.rows.push(row);
  return row;
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

function addValue(records: Records, value: unknown, place: Place): void {
  if (IGNORED.test(place.key)) return;
  if (typeof value === 'number') addNumber(records, value, place);
  else if (typeof value === 'string') addText(records, value, place);
  else if (Array.isArray(value)) addList(records, value, place);
  else if (typeof value === 'object' && value !== null) addFields(records, value, place);
}

function addFields(records: Records, fields: object, place: Place): void {
  const entries = Object.entries(fields);
  const map = MAP.exec(place.key);
  const list = map ? addMap(records, place) : null;
  const isMoney =
    place.isMoney || entries.some(([key, field]) => typeof field === 'number' && AMOUNT_FIELDS.includes(key));
  const listed = entries.find(([key, field]) => typeof field === 'object' && NOUNS.has(key))?.[0];
  records.labels.addFields(place.row, fields);
  for (const [key, field] of entries) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const noun = DAYS.test(key) ? 'hari' : (NOUNS.get(key) ?? (listed ? NOUNS.get(listed)! : place.noun));
    const isChange = place.isChange || key === 'change';
    const { offset: skipped = 0 } = fields as { offset?: unknown };
    const inner = {
      skipped: typeof skipped === 'number' ? skipped : 0,
      key,
      path,
      row: place.row,
      isMoney: isMoney || MONEY.test(key),
      isChange,
      noun,
    };
    if (map)
      addMapEntry(records, field, { ...inner, key: place.key.replace(MAP, ''), isMoney: place.isMoney }, map[1]!, list);
    else if (key in PART_COUNTS && typeof field === 'number') {
      const [kind, label] = PART_COUNTS[key]!;
      const row = addRow(records, { parent: place.row, list: null, result: place.row.result });
      records.labels.add(row, kind, label);
      addNumber(records, field, { ...inner, key: 'count', row });
    } else addValue(records, field, inner);
  }
}

/** «by_status: { Rencana: 18 }»: a row with the status Rencana and its count. */
function addMap(records: Records, { row, path, skipped }: Place): List {
  const list: List = { noun: '', rows: [], owner: row, path, isComplete: true, isMap: true, skipped };
  records.lists.push(list);
  return list;
}

function addMapEntry(records: Records, value: unknown, place: Place, kind: string, list: List | null): void {
  const name = place.path.slice(place.path.lastIndexOf('.') + 1);
  const row = addRow(records, { parent: place.row, list, result: place.row.result });
  records.labels.add(row, kind, name);
  addValue(records, value, { ...place, row, key: place.key === '' ? 'count' : place.key });
}

function addList(records: Records, items: readonly unknown[], place: Place): void {
  const noun = NOUNS.get(place.key) ?? '';
  const list: List = {
    noun,
    rows: [],
    owner: place.row,
    path: place.path,
    isComplete: true,
    isMap: false,
    skipped: place.skipped,
  };
  const isOfObjects = items.some((item) => typeof item === 'object' && item !== null);
  if (isOfObjects) records.lists.push(list);
  addCell(records, { value: items.length, kind: 'count', field: 'length', noun, place });
  for (const [nth, item] of items.entries()) {
    const row = isOfObjects ? addRow(records, { parent: place.row, list, result: place.row.result }) : place.row;
    addValue(records, item, { ...place, path: `${place.path}.${nth}`, row, noun: '' });
  }
}

/** If all rows of a list share a label, the object that contains the list has it too: a search for one status. */
function shareLabels(list: List, index: LabelIndex): void {
  if (list.isMap) return;
  const count = list.owner.cells.find(({ field }) => field === 'count')?.value;
  list.isComplete = count === undefined || count === list.rows.length;
  const [first, ...others] = list.rows;
  if (!first || !list.owner.isTotal) return;
  list.owner.lists.push(list);
  const accounts = list.rows.map((row) => [...(row.labels.get('account') ?? [])][0]?.text ?? '');
  // The accounts of one group were searched for: «akun 53 (Belanja Modal)».
  for (const digits of [2, 3, 4]) {
    const prefix = accounts[0]!.slice(0, digits);
    if (prefix.length === digits && accounts.every((account) => account.length > digits && account.startsWith(prefix)))
      index.addAccount(list.owner, prefix);
  }
  for (const [kind, labels] of first.labels) {
    // A page of a longer list shows only that a status was searched for.
    if (!list.isComplete && kind !== 'status') continue;
    const shared = [...labels].filter((label) => others.every((row) => row.labels.get(kind)?.has(label)));
    if (shared.length > 0 && !list.owner.labels.has(kind)) list.owner.labels.set(kind, new Set(shared));
  }
}

function addNumber(records: Records, value: number, place: Place): void {
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

function addCell(
  records: Records,
  { place, ...cell }: Pick<Cell, 'value' | 'kind' | 'field' | 'noun'> & { place: Place },
): void {
  const { row, path, isChange } = place;
  const added: Cell = { ...cell, isChange, row, path, result: row.result };
  records.cells[cell.kind].push(added);
  row.cells.push(added);
}

const NUMERIC = /^-?(?:0|[1-9][\d.,]*|0[.,]\d+)$/;

function addText(records: Records, text: string, place: Place): void {
  const trimmed = text.trim();
  if (!NUMERIC.test(trimmed)) {
    // The explanation of calculate, «45,3 ÷ 10 × 12»: its 100% is no figure.
    const mentions = extractMentions(text).filter(({ kind }) => place.key !== 'how' || kind === 'number');
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
function addProse(records: Records, text: string, place: Place): void {
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
