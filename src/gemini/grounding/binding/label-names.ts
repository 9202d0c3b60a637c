import type { Label, LabelIndex } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Name } from './names.ts';

const phrases = (kind: string, label: string, list: string) =>
  list.split(', ').map((phrase) => [phrase, { kind, label }] as const);

/** Words for the statuses Selesai and Terbayar. */
const DONE = ['tuntas', 'beres', 'kelar', 'rampung'];

/** Phrases for conditions and periods, as lower-case words. */
const PHRASES = new Map([
  ...phrases(
    'flag',
    'terlambat',
    'terlambat, telat, overdue, tertunggak, melewati tanggal, melewati jadwal, lewat tanggal, lewat jadwal',
  ),
  ...['belum', 'tidak'].flatMap((not) =>
    phrases(
      'flag',
      'belum bertanggal',
      `${not} bertanggal, ${not} dijadwalkan, ${not} terjadwal, ${not} punya tanggal`,
    ),
  ),
  ...phrases('flag', 'belum bertanggal', 'tanpa tanggal, belum ada tanggal'),
  ...phrases('flag', 'kendala', 'berkendala, terkendala, kendala'),
  ...phrases('flag', 'tanpa penanggung jawab', 'tanpa pj, belum ada pj, tanpa penanggung, belum ada penanggung'),
  ...['belum', 'tidak'].flatMap((not) =>
    phrases('flag', 'tanpa alokasi', `${not} ada alokasi, ${not} punya alokasi, ${not} memiliki alokasi`),
  ),
  ...phrases('flag', 'tanpa alokasi', 'tanpa alokasi'),
  ...phrases('flag', 'punya alokasi', 'punya alokasi, memiliki alokasi'),
  ...['realisasi', 'masih', 'tetap', 'benar'].flatMap((before) =>
    phrases('flag', 'nihil', `${before} nol, ${before} nihil`),
  ),
  ...['terserap', 'terpakai', 'tersentuh', 'terealisasi', 'bergerak'].flatMap((verb) =>
    phrases('flag', 'nihil', `belum ${verb} sama`),
  ),
  ...phrases('flag', 'nihil', 'nihil, nihil realisasi, belum ada realisasi'),
  ...phrases('flag', 'tuntas', DONE.join(', ')),
  ...['belum', 'tidak', 'tak'].flatMap((not) =>
    phrases('flag', 'belum tuntas', [...DONE, 'selesai'].map((word) => `${not} ${word}`).join(', ')),
  ),
  ...phrases('status', 'Terbayar', 'dibayar, dibayarkan, lunas'),
  ...phrases('status', 'Draft', 'draf, konsep'),
  ...phrases('period', 'hari ini', 'hari ini'),
  ...phrases('period', 'minggu ini', 'minggu ini, pekan ini'),
  ...phrases('period', 'minggu depan', 'minggu depan, pekan depan'),
  // «Akhir Oktober 61%, sekarang 71%»
  ...phrases('month', 'now', 'sekarang, kini, saat ini'),
  ...phrases('month', 'newest', 'bulan ini, periode ini'),
  ...phrases('month', 'previous', 'bulan lalu, bulan kemarin, periode lalu, periode kemarin'),
]);
const FIRST_WORDS = new Set([...PHRASES.keys()].map((phrase) => phrase.split(' ')[0]!));
/** Maximum number of words of a phrase. */
const MAX_PHRASE = 3;
/** Weekdays and their abbreviations, with the name in the data. */
export const WEEKDAY_NAMES = new Map(
  ['Senin sen', 'Selasa sel', 'Rabu rab', 'Kamis kam', 'Jumat jum', 'Sabtu sab'].flatMap((names) => {
    const [day = '', short = ''] = names.split(' ');
    return [[day.toLowerCase(), day] as const, [short, day] as const];
  }),
);
const TOTAL = /^(?:total|totalnya|jumlah|keseluruhan|seluruh|seluruhnya|semua|semuanya|gabungan|jumlahnya|rata)$/;

/** Finds an account, a status, a type of report, a weekday, a condition or a period at a token. */
export function findLabelAt(tokens: readonly Token[], at: number, { to }: Range, labels: LabelIndex): Name | undefined {
  const token = tokens[at]!;
  if (token.kind === 'number') {
    const found = /^\d{2,6}$/.test(token.text) ? labels.find('account', token.text) : [];
    if (found.length > 0) return { kind: 'account', from: at, to: at + 1, labels: new Set(found) };
    // «perjalanan dinas (524)», «Belanja Modal (53)»
    const isBracketed = tokens[at - 1]?.text === '(' && tokens[at + 1]?.text === ')';
    return labels.isAccountGroup(token.text, isBracketed ? 2 : 3) ? { kind: 'group', from: at, to: at + 1 } : undefined;
  }
  if (token.kind !== 'word') return undefined;
  if (TOTAL.test(token.lower)) return { kind: 'total', from: at, to: at + 1 };
  const status = labels.find('status', token.lower);
  if (status.length > 0 && isStatus(tokens, at))
    return { kind: 'status', from: at, to: at + 1, labels: new Set(status) };
  const glued = gluedWord(tokens, at, to);
  const type = labels.find('type', glued.text);
  if (type.length > 0) return { kind: 'type', from: at, to: glued.to, labels: new Set(type) };
  // A weekday that the data does not contain ends the reach of the one before it.
  const day = WEEKDAY_NAMES.get(token.lower);
  if (day) return { kind: 'weekday', from: at, to: at + 1, labels: new Set(labels.find('weekday', day)) };
  return findPhrase(tokens, at, to, labels);
}

/** «SP2D» is three tokens. */
function gluedWord(tokens: readonly Token[], at: number, end: number): { text: string; to: number } {
  let [text, to] = [tokens[at]!.lower, at + 1];
  for (; to < end && to - at < 5 && tokens[to]!.glued && tokens[to]!.kind !== 'mark'; to++) text += tokens[to]!.lower;
  return { text, to };
}

/** «rencana» and «selesai» are also ordinary words; «komitmen» and «outstanding» are fields too. */
function isStatus(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  if (/^\p{Lu}/u.test(token.text)) return true;
  const before = tokens[at - 1];
  return /^(?:status|berstatus|masih|sudah|atau|kegiatan)$/.test(before?.lower ?? '') || before?.kind === 'number';
}

function findPhrase(tokens: readonly Token[], at: number, to: number, labels: LabelIndex): Name | undefined {
  // «realisasinya nol», «belum ada tanggalnya»
  const stem = ({ lower }: Token) => lower.replace(/(?<=.{4})nya$/, '');
  if (!FIRST_WORDS.has(stem(tokens[at]!))) return undefined;
  for (let length = Math.min(MAX_PHRASE, to - at); length > 0; length--) {
    const words = tokens.slice(at, at + length).map(stem);
    const { kind, label } = PHRASES.get(words.join(' ')) ?? { kind: '', label: '' };
    if (kind === '') continue;
    const isMonth = kind === 'month';
    const isNegated = /^(?:tanpa|tidak|bukan|bebas|belum)$/.test(tokens[at - 1]?.lower ?? '');
    const found = isMonth ? findMonth(label, labels) : isNegated ? [] : labels.find(kind, label);
    if (isMonth && label !== 'now' && found.length === 0) continue;
    return { kind: isMonth || found.length > 0 ? kind : 'phrase', from: at, to: at + length, labels: new Set(found) };
  }
  return undefined;
}

/** «bulan ini» and «bulan lalu», if the data has several months. */
function findMonth(label: string, labels: LabelIndex): Label[] {
  const months = labels.months();
  const month = months.length < 2 ? undefined : months.at(label === 'previous' ? -2 : -1);
  return month === undefined ? [] : labels.find('month', month);
}
