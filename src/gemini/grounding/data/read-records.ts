import { addCell, addNumber, addProse, addText, type Place } from './cells.ts';
import { createLabels, STATUS_FLAGS } from './labels.ts';
import type { List, Records, Row } from './records.ts';
import { noteFields, shareLabels } from './share-labels.ts';
import { labelWeeks } from './weeks.ts';

/** Fields that are not data: ids, dates, arguments of the model, and errors, which repeat arguments. */
const IGNORED =
  /^(?:id|uuid|.+_id|limit|offset|digits|operands?|arguments|args|operation|errors?|date|tanggal|.+_date|.+_at|month|year|since|hari|file_name|phone.*)$/i;
const MONEY = /pagu|realisasi|sisa|alloca|aloka|jumlah|amount|rupiah|nilai|outstanding|komitmen/i;
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
  if (place.key === 'by_status') addStatusFlags(records, fields, place);
}

/** «Yang sudah beres 3»: how many activities have a status that meets a condition. */
function addStatusFlags(records: Records, statuses: object, place: Place): void {
  for (const [flag, holds] of STATUS_FLAGS) {
    const row = addRow(records, { parent: place.row, list: null, result: place.row.result });
    records.labels.add(row, 'flag', flag);
    const counts = Object.entries(statuses).map(([status, count]) => (holds(status) ? Number(count) : 0));
    addNumber(records, counts.reduce((sum, count) => sum + count, 0), { ...place, row, key: 'count' });
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
