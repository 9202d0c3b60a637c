import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import { WEEKDAY_NAMES } from '../binding/label-names.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Records, Row } from '../data/records.ts';
import { selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';

/** Words before a date that is not the day of an activity: «per 24 November», «laporan 20 November». */
const OTHER_DATE = /^(?:per|sampai|hingga|d|sd|laporan|data|akrual|ini|besok|setelah|sebelum|sejak|dari|tanggal ini)$/;
/** Maximum number of tokens between a name and its day. */
const MAX_GAP = 14;
/** Maximum number of tokens between a day and the name behind it. */
const MAX_BEHIND = 8;
/** Maximum number of tokens before a day that are read. */
const MAX_REACH = 40;

/** Maximum number of tokens between two joined weekdays: «Senin s.d. Rabu». */
const MAX_JOINT = 5;
/** In the order of `Date`. */
const WEEKDAYS = ['minggu', 'senin', 'selasa', 'rabu', 'kamis', 'jumat', 'sabtu'];

/** «Minggu» also means week. */
export function isWeekday(tokens: readonly Token[], at: number): boolean {
  return WEEKDAYS.indexOf(tokens[at]?.lower ?? '') > 0;
}

/** «3 Desember», «3/12», «Kamis» */
export function mayBeDay(tokens: readonly Token[], at: number): boolean {
  const { kind, lower } = tokens[at]!;
  if (kind === 'word') return WEEKDAY_NAMES.has(lower);
  const next = tokens[at + 1]?.lower ?? '';
  return kind === 'number' && (next === '/' || MONTH_NUMBERS.has(next));
}

/** Checks the day next to the name of an activity: «Rapat Evaluasi, Kamis 3 Desember». */
export function checkDate({ read, records, at }: Comparison): Contradiction | undefined {
  const { tokens, layout } = read;
  // The day may follow a semicolon: «Rapat Evaluasi: Andi; 3 Desember».
  const names = between(read.names[layout.lineOf[at]!]!, ({ from }) => from, at - MAX_REACH, at + 1);
  const day = names.find(({ kind, from }) => from === at && /^(?:date|weekday)$/.test(kind));
  if (!day) return undefined;
  const before = tokens.slice(Math.max(0, at - 2), at).map(({ lower }) => lower);
  const isLate = before.at(-1) === 'sejak' && tokens[at - 2]?.lower === 'terlambat';
  if (!isLate && before.some((word) => OTHER_DATE.test(word))) return undefined;
  const subject = names.findLast((name) => name.to <= at && isObject(name));
  if (!subject || at - subject.to > MAX_GAP || hasOtherDay(names, subject, day)) return undefined;
  const rows = rowsOf(records, subject);
  const dated = rows.filter((row) => row.list?.noun === 'kegiatan' && row.labels.get(day.kind)?.size);
  if (dated.length === 0 || dated.length < rows.filter(({ list }) => list?.noun === 'kegiatan').length)
    return undefined;
  const hasDay = (row: Row) => [...row.labels.get(day.kind)!].some((label) => day.labels!.has(label));
  if (dated.some(hasDay)) return undefined;
  // «Senin Rapat Evaluasi, Selasa Klinik»: the day belongs to the name behind it.
  const behind = between(read.names[layout.lineOf[at]!]!, ({ from }) => from, day.to, day.to + MAX_BEHIND);
  const next = behind.find((name) => isObject(name) || name.kind === day.kind);
  if (next && isObject(next) && rowsOf(records, next).some((row) => row.labels.get(day.kind)?.size && hasDay(row)))
    return undefined;
  const text = [...dated[0]!.labels.get(day.kind)!][0]!.text;
  return { from: day.from, last: day.to - 1, why: `dalam data harinya ${text}` };
}

function rowsOf(records: Records, { kind, labels }: Name): Row[] {
  return selectRows(records, new Map([[kind, labels!]])).flatMap(({ rows }) => rows);
}

/** Checks «Kamis, 2 Desember» and «Jumat (27/11)» against the calendar, in the year next to the day, else that of the data. */
export function checkWeekday({ read, records, at }: Comparison): Contradiction | undefined {
  const { tokens, names, layout } = read;
  // «Senin–Rabu, 30 November»: the day is not that of the second weekday.
  for (let before = at - 1; before >= at - MAX_JOINT && tokens[before]?.kind !== 'number'; before--)
    if (isWeekday(tokens, before)) return undefined;
  let from = at + 1;
  while (from < at + 3 && /^(?:[,(]|tanggal|tgl)$/.test(tokens[from]?.lower ?? '')) from++;
  const here = between(names[layout.lineOf[at]!]!, (name) => name.from, from, from + 1);
  if (!here.some(({ kind }) => kind === 'date')) return undefined;
  const [day, second = '', third = ''] = tokens.slice(from, from + 3).map(({ lower }) => lower);
  const month = MONTH_NUMBERS.get(second) ?? Number(third);
  const years = /^20\d\d$/.test(third)
    ? [third]
    : records.labels.months().flatMap((each) => (Number(each.slice(5)) === month ? each.slice(0, 4) : []));
  if (years.length !== 1) return undefined;
  const right = WEEKDAYS[new Date(Date.UTC(Number(years[0]), month - 1, Number(day))).getUTCDay()]!;
  return right === tokens[at]!.lower ? undefined : { from: at, last: at, why: `menurut kalender hari ${right}` };
}

function isObject({ kind, isWeak }: Name): boolean {
  return isObjectKind(kind) && kind !== 'account' && !isWeak;
}

/** «Rapat (Senin), Klinik (Selasa)»: the name has its own day already. */
function hasOtherDay(names: readonly Name[], subject: Name, day: Name): boolean {
  return names.some(({ kind, from }) => kind === day.kind && from >= subject.to && from < day.from);
}
