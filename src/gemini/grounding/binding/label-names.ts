import type { LabelIndex } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Name } from './names.ts';

/** Phrases for conditions and periods, as lower-case words. */
const PHRASES: [kind: string, label: string, pattern: RegExp][] = [
  ['flag', 'terlambat', /^(?:terlambat|telat|overdue|tertunggak)$|^(?:melewati|lewat) (?:tanggal|jadwal)$/],
  [
    'flag',
    'belum bertanggal',
    /^(?:belum|tidak) (?:bertanggal|dijadwalkan|terjadwal|punya tanggal)$|^(?:tanpa|belum ada) tanggal$/,
  ],
  ['flag', 'kendala', /^(?:berkendala|terkendala|kendala)$/],
  ['flag', 'tanpa penanggung jawab', /^(?:tanpa|belum ada) (?:pj|penanggung)$/],
  ['flag', 'tanpa alokasi', /^(?:tanpa|(?:belum|tidak) (?:ada|punya|memiliki)) alokasi$/],
  ['flag', 'punya alokasi', /^(?:punya|memiliki) alokasi$/],
  [
    'flag',
    'nihil',
    /^nihil$|^nihil realisasi$|^belum ada realisasi$|^(?:realisasi|masih|tetap) (?:nol|nihil)$|^belum (?:terserap|terpakai|tersentuh|terealisasi|bergerak) sama$/,
  ],
  ['status', 'Terbayar', /^(?:dibayar|dibayarkan|lunas)$/],
  ['status', 'Draft', /^(?:draf|konsep)$/],
  ['period', 'hari ini', /^hari ini$/],
  ['period', 'minggu ini', /^(?:minggu|pekan) ini$/],
  ['period', 'minggu depan', /^(?:minggu|pekan) depan$/],
];
const WEEKDAYS = new Map(
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
    return found.length > 0 ? { kind: 'account', from: at, to: at + 1, labels: new Set(found) } : undefined;
  }
  if (token.kind !== 'word') return undefined;
  if (TOTAL.test(token.lower)) return { kind: 'total', from: at, to: at + 1 };
  const status = labels.find('status', token.lower);
  if (status.length > 0 && isStatus(tokens, at))
    return { kind: 'status', from: at, to: at + 1, labels: new Set(status) };
  const glued = gluedWord(tokens, at, to);
  const type = labels.find('type', glued.text);
  if (type.length > 0) return { kind: 'type', from: at, to: glued.to, labels: new Set(type) };
  const day = labels.find('weekday', WEEKDAYS.get(token.lower) ?? '');
  if (day.length > 0) return { kind: 'weekday', from: at, to: at + 1, labels: new Set(day) };
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
  const words = [0, 1, 2].map((ahead) => (at + ahead < to ? tokens[at + ahead]!.lower : ''));
  for (const [length, phrase] of [
    [3, words.join(' ')],
    [2, words.slice(0, 2).join(' ')],
    [1, words[0]!],
  ] as const) {
    const known = PHRASES.find(([, , pattern]) => pattern.test(phrase));
    if (!known) {
      // «Akhir Oktober 61%, sekarang 71%»: ends the reach of the month before it; the state may be of any later day.
      if (/^(?:sekarang|kini|saat ini)$/.test(phrase))
        return { kind: 'month', from: at, to: at + length, labels: new Set() };
      if (/^(?:bulan|periode) (?:ini|lalu|kemarin)$/.test(phrase)) {
        const month = labels.months().at(/ini$/.test(phrase) ? -1 : -2);
        const found = month ? labels.find('month', month) : [];
        if (found.length > 0 && labels.months().length > 1)
          return { kind: 'month', from: at, to: at + length, labels: new Set(found) };
      }
      continue;
    }
    const isNegated = /^(?:tanpa|tidak|bukan|bebas)$/.test(tokens[at - 1]?.lower ?? '');
    const found = isNegated ? [] : labels.find(known[0], known[1]);
    return { kind: found.length > 0 ? known[0] : 'phrase', from: at, to: at + length, labels: new Set(found) };
  }
  return undefined;
}
