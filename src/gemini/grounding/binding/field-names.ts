import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import type { Range } from '../text/layout.ts';
import { PERCENT, SCALES } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';

/** Concepts of the budget, and the fields of the data that hold them. */
const FIELDS = {
  pagu: ['pagu', 'alokasi'],
  realisasi: ['realisasi', 'serapan'],
  sisa: ['sisa'],
  free: ['sisa_setelah_komitmen'],
  outstanding: ['outstanding'],
  komitmen: ['komitmen'],
  blokir: ['blokir'],
  alokasi: ['alokasi', 'pagu'],
  current: ['realisasi_periode_ini', 'realisasi', 'serapan'],
  previous: ['realisasi_periode_lalu', 'realisasi', 'serapan'],
  available: ['sisa', 'sisa_setelah_komitmen'],
} as const;
export type Concept = keyof typeof FIELDS;

const words = (concept: Concept, list: string) =>
  list
    .trim()
    .split(/\s+/)
    .map((word) => [word, concept] as const);

/** Words that users and models write for a concept. */
const WORDS: ReadonlyMap<string, Concept> = new Map([
  ...words('pagu', 'pagu anggaran dipa budget'),
  ...words(
    'realisasi',
    `realisasi terealisasi terealisasikan direalisasikan terserap serapan penyerapan diserap terpakai dipakai digunakan
    menyerap merealisasikan menghabiskan membelanjakan dibelanjakan terbelanjakan pengeluaran absorbed absorption spent tercairkan dicairkan cair keluar kepake realisation`,
  ),
  ...words('sisa', 'sisa tersisa bersisa menyisakan tinggal tersedia saldo remaining left unspent'),
  ...words('free', 'bersih netto neto'),
  ...words('outstanding', 'outstanding'),
  ...words('komitmen', 'komitmen terkomitmen komit dikomitmenkan committed'),
  ...words('blokir', 'blokir terblokir diblokir terkunci dikunci lock'),
  ...words('alokasi', 'alokasi alokasinya dialokasikan teralokasi beralokasi'),
]);
const SUFFIX = /(?:nya|ku|mu|kah)$/;

/** A named concept. */
export interface FieldName extends Range {
  concept: Concept;
  fields: ReadonlySet<string>;
}

/** Finds the fields that a line names; `taken` are tokens of other names. */
export function findFields(tokens: readonly Token[], { from, to }: Range, taken: ReadonlySet<number>): FieldName[] {
  const found: FieldName[] = [];
  for (let at = from; at < to; at++) {
    const concept = taken.has(at) ? undefined : conceptOf(tokens, at);
    if (!concept) continue;
    const last = found.at(-1);
    const name = concept === 'realisasi' ? realisasiOrRest(tokens, at) : concept;
    // «sisa anggaran», «realisasi pagu», «sisa yang belum terserap»: one name, and its first word decides.
    if (last && isCompound(tokens, last, at, name)) {
      last.to = at + 1;
      if (last.concept === 'pagu') last.concept = name;
      continue;
    }
    found.push({ from: at, to: at + 1, concept: name, fields: new Set() });
  }
  for (const name of found) refine(name, tokens, to);
  const merged = mergeFree(found, tokens);
  for (const name of merged) {
    const isLeftAfter = /^(?:komitmen|outstanding)$/.test(name.concept) && isAfterDeduction(tokens, name.from, from);
    name.fields = new Set([...FIELDS[name.concept], ...(isLeftAfter ? FIELDS.free : [])]);
  }
  return merged;
}

/** Returns whether a word means a field. */
export function isFieldWord(word: string): boolean {
  return WORDS.has(word) || WORDS.has(word.replace(SUFFIX, ''));
}

function conceptOf(tokens: readonly Token[], at: number): Concept | undefined {
  const { lower } = tokens[at]!;
  const concept = WORDS.get(lower) ?? WORDS.get(lower.replace(SUFFIX, ''));
  // «sisa waktu», «sisa kegiatan»
  const next = tokens[at + 1]?.lower ?? '';
  const isOfTime =
    concept === 'sisa' && (/^(?:waktu|hari|bulan|minggu|kegiatan)$/.test(next) || areMonths(tokens, at + 1));
  // «tinggal menunggu penyedia»
  const isOnly = lower === 'tinggal' && (isSmallCount(tokens, at + 1) || /^(?:menunggu|dibayar|proses)/.test(next));
  // «secara neto»
  const isManner = concept === 'free' && tokens[at - 1]?.lower === 'secara';
  return isOfTime || isOnly || isManner ? undefined : concept;
}

/** «dibagi dua, sisa November dan Desember» */
function areMonths(tokens: readonly Token[], at: number): boolean {
  return [at, at + 2].every((each) => MONTH_NUMBERS.has(tokens[each]?.lower ?? '')) && tokens[at + 1]!.lower === 'dan';
}

/** «Pekan depan tinggal 2 (Rp84 juta)» */
function isSmallCount(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1];
  return (
    /^\d{1,2}$/.test(tokens[at]?.text ?? '') && !PERCENT.has(after?.lower ?? '') && !SCALES.has(after?.lower ?? '')
  );
}

/** «belum terserap» and «bisa dipakai» are about what is left. */
function realisasiOrRest(tokens: readonly Token[], at: number): Concept {
  if (isAfterNegation(tokens, at)) return 'sisa';
  return /^(?:bisa|dapat|boleh|siap)$/.test(tokens[at - 1]?.lower ?? '') ? 'available' : 'realisasi';
}

function isAfterNegation(tokens: readonly Token[], at: number): boolean {
  return [1, 2].some(
    (back) => /^(?:belum|tidak|tak|blm)$/.test(tokens[at - back]?.lower ?? '') && tokens[at - 1]!.kind === 'word',
  );
}

function isCompound(tokens: readonly Token[], last: FieldName, at: number, concept: Concept): boolean {
  const between = tokens.slice(last.to, at).map(({ lower }) => lower);
  // Two spaces separate the cells of a table.
  if (tokens[at]!.start - tokens[at - 1]!.end > 1) return false;
  if (concept === 'pagu') return last.concept !== 'pagu' && between.length === 0;
  if (last.concept === 'pagu' && (concept === 'blokir' || concept === 'sisa'))
    return between.length <= 2 && between.every((word) => /^(?:yang|masih|belum|tidak)$/.test(word));
  if (concept === 'sisa')
    return last.concept === 'sisa' && between.length <= 3 && !between.some((word) => /^[,;.:|]$/.test(word));
  return false;
}

/** «realisasi bulan ini», «s.d. periode lalu», «pagu yang belum terserap». */
function refine(name: FieldName, tokens: readonly Token[], to: number): void {
  if (name.concept !== 'realisasi') return;
  for (let at = name.to; at < Math.min(to, name.to + 5); at++) {
    const { lower } = tokens[at]!;
    if (/^[,;.:|]$/.test(lower) || tokens[at]!.kind === 'number') return;
    if (!/^(?:periode|bulan)$/.test(lower)) continue;
    const after = tokens[at + 1]?.lower ?? '';
    if (after === 'ini') name.concept = 'current';
    if (/^(?:lalu|kemarin|sebelumnya)$/.test(after)) name.concept = 'previous';
  }
}

/** «setelah komitmen dan outstanding tinggal …» */
function isAfterDeduction(tokens: readonly Token[], at: number, from: number): boolean {
  const before = tokens.slice(Math.max(from, at - 4), at);
  const deduction = before.findLastIndex(({ lower }) => /^(?:setelah|sesudah|dikurangi|luar)$/.test(lower));
  return deduction >= 0 && !before.slice(deduction).some(({ kind }) => kind === 'number');
}

const FREE = /^(?:setelah|sesudah|riil|efektif|bersih|bebas|netto|dikurangi|luar|tersedia)$/;

/** «sisa setelah komitmen», «sisa bersih», «di luar komitmen … sisanya»: what is left after commitments. */
function mergeFree(found: FieldName[], tokens: readonly Token[]): FieldName[] {
  const merged: FieldName[] = [];
  for (const name of found) {
    const last = merged.at(-1);
    if (
      last?.concept === 'free' &&
      (name.concept === 'komitmen' || name.concept === 'outstanding') &&
      !hasNumber(tokens, last.to, name.from)
    ) {
      last.to = name.to;
      continue;
    }
    // «sisa setelah komitmen dan outstanding tinggal Rp5»
    if (last?.concept === 'free' && name.concept === 'sisa' && !hasNumberOrComma(tokens, last.to, name.from)) {
      last.to = name.to;
      continue;
    }
    const after = tokens.slice(name.to, name.to + 3).findIndex(({ lower }) => FREE.test(lower.replace(SUFFIX, '')));
    const isOfNext =
      /^(?:komitmen|outstanding)$/.test(tokens[name.to + after + 1]?.lower ?? '') &&
      hasNumber(tokens, name.to + after + 2, name.to + after + 5);
    if (name.concept === 'sisa' && after >= 0 && !isOfNext && !hasNumber(tokens, name.to, name.to + after)) {
      name.concept = 'free';
      name.to += after + 1;
    }
    merged.push(name);
  }
  return merged;
}

function hasNumberOrComma(tokens: readonly Token[], from: number, to: number): boolean {
  return hasNumber(tokens, from, to) || tokens.slice(from, to).some(({ text }) => /^[,;.:]$/.test(text));
}

function hasNumber(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.slice(from, to).some(({ kind }) => kind === 'number');
}
