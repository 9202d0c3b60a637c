import { isAim } from '../binding/not-data.ts';
import { REST } from '../checks/named-rows.ts';
import {
  bases,
  boundLabels,
  type Candidate,
  fieldsOf,
  type Known,
  namesBetween,
  nearest,
  rowsOf,
  type Scene,
} from '../checks/scene.ts';
import { cellOf, selectRows, totalRows } from '../data/selections.ts';
import { changesSince, differencesOfRows } from './changes.ts';
import { deriveAverages } from './derive-averages.ts';
import { sumOfAll, sumOfList, sumOfSentence, sumOfTop, sums, sumsOfFields } from './derive-sums.ts';
import { pairs } from './pairs.ts';

const AVERAGE =
  /\brata(?:nya)?\b|\b(?:per|tiap|setiap) (?:kegiatan|akun|rincian|bulan|minggu|hari|orang|unit|periode)\b|\bsebulan\b|\bdibagi\b|÷/;
const DIFFERENCE =
  /\b(?:melampaui|melebihi|selisih|selisihnya|beda|bedanya|kurang|kurangnya|lebih|naik|turun|berkurang|bertambah|tambahan|penurunan|kenaikan|terpaut|perubahan|butuh|dibutuhkan|perlu|memerlukan)\b/;
const SUM =
  /\b(?:total|totalnya|jumlah|jumlahnya|gabungan|digabung|dijumlahkan|nilainya|senilai|keduanya|ketiganya|seluruhnya|akumulasi)\b|[+=]/;
const TARGET =
  /\b(?:mencapai|tercapai|perlu|diperlukan|butuh|dibutuhkan|harus|kekurangan|kekurangannya|patokan|patokannya|mengejar|menyamai|tembus|target|capai|menuju|menjadi|diserap)\b/;

const GAP =
  /\b(?:lebih (?:besar|kecil|tinggi|rendah|banyak|sedikit|mahal|murah)|melampaui|melebihi|selisih|selisihnya|beda|bedanya|terpaut)\b/;
/** What is left of an amount: no sum. */
const LEFT = /\bsisanya\b(?!.*\b(?:total|totalnya|jumlah|keduanya|semuanya)\b)/;

/** Computes amounts: sums and averages of rows, differences, shares and quotients of two figures. The most likely come first. */
export function* deriveAmounts(scene: Scene): Generator<Candidate> {
  const { near, words } = scene;
  if (scene.isMisplaced) {
    yield* pairs(scene, -1);
    return;
  }
  yield* expression(scene);
  yield* sumsOfFields(scene);
  if (GAP.test(near)) yield* pairs(scene, -1, 3);
  else yield* sumOfAll(scene);
  if (SUM.test(near)) yield* sumOfList(scene);
  if (AS_NOW.test(words)) yield* projections(scene);
  if (LEFT.test(near)) yield* pairs(scene, -1, 3);
  if (/\b(?:teratas|pertama|terbesar|tertinggi)\b/.test(words)) yield* sumOfTop(scene);
  if (/\b(?:totalnya|jumlahnya|total|gabungan|seluruhnya)\b/.test(near)) yield* sumOfSentence(scene);
  if (AVERAGE.test(near)) yield* deriveAverages(scene);
  if (DIFFERENCE.test(near)) yield* differences(scene);
  if (SUM.test(near)) yield* sums(scene);
  if (/%|persen/.test(words)) yield* products(scene);
  yield* rests(scene);
  yield* sums(scene);
  yield* differences(scene);
  yield* deriveAverages(scene);
  yield* withTotals(scene);
}

/** Words that suppose another month like the current one. */
const AS_NOW = /\b(?:kalau|jika|bila|andai|apabila|dengan)\b.*\b(?:sama|setara|serupa|seperti|laju)\b/;

/** «Jika Desember sama dengan November, sisa Rp39 juta»: the numbers of a row after another month. */
function* projections(scene: Scene): Generator<Candidate> {
  for (const row of rowsOf(scene)) {
    const [current, sisa] = ['realisasi_periode_ini', 'sisa'].map((field) => cellOf(row, field)?.value);
    if (current !== undefined && sisa !== undefined)
      yield { value: sisa - current, how: 'sisa − realisasi periode ini' };
  }
}

/** A total of the data and a figure of the answer: the remainder without what is blocked. */
function* withTotals(scene: Scene): Generator<Candidate> {
  if (scene.binding.direction !== null) return;
  const near = nearest(scene, 'amount').slice(0, 4);
  const fields = ['pagu', 'realisasi', 'sisa', 'sisa_setelah_komitmen', 'alokasi'];
  for (const base of bases(scene, fields))
    for (const one of near) yield { value: base - one.exact, how: `${base} − ${one.mention.text}` };
}

/** «Rp46 juta / 4 = Rp11,5 juta» */
function* expression({ read, around, mention }: Scene): Generator<Candidate> {
  if (!/^[=≈]$/.test(read.tokens[mention.from - 1]?.text ?? '')) return;
  const [one, two] = around.filter((each) => each.from < mention.from).slice(-2);
  if (!one || !two || mention.from - two.last > 3) return;
  const sign = read.tokens
    .slice(one.last + 1, two.from)
    .map(({ text }) => text)
    .join('')
    .replace(/[()]|rp/gi, '');
  const value = /^[/÷:]$|^dibagi$/i.test(sign)
    ? one.value / two.value
    : /^[×x]$/.test(sign)
      ? one.value * two.value
      : sign === '+'
        ? one.value + two.value
        : /^[-−–]$/.test(sign)
          ? one.value - two.value
          : Number.NaN;
  yield { value, how: `${one.text} ${sign} ${two.text}` };
}

function* differences(scene: Scene): Generator<Candidate> {
  const { binding, words, read } = scene;
  if (TARGET.test(words)) yield* gaps(scene);
  // «berkurang Rp34 juta dibanding Juni»
  const names = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  if (names.some(({ kind, isBase }) => kind === 'month' && isBase))
    for (const field of fieldsOf(scene)) yield* changesSince(scene, field);
  yield* pairs(scene, -1);
  for (const field of fieldsOf(scene)) yield* changesSince(scene, field);
  yield* differencesOfReports(scene);
  if (!DIFFERENCE.test(words)) return;
  const [one, two] = rowsOf(scene).filter(({ isTotal }) => !isTotal);
  if (one && two) for (const field of fieldsOf(scene)) yield* differencesOfRows([one, two], field);
  for (const field of fieldsOf(scene)) yield* differencesOfRows(totalRows(scene.records), field);
}

/** «Selisih Akrual dan SP2D … Belanja Barang: Rp80 juta»: the named row in two results. */
function* differencesOfReports(scene: Scene): Generator<Candidate> {
  const rows = selectRows(scene.records, boundLabels(scene.binding)).flatMap(({ rows: [row, other] }) =>
    row && !other ? row : [],
  );
  const [one, two, third] = rows.length > 1 ? rows : totalRows(scene.records);
  if (!one || !two || third || one.result === two.result) return;
  for (const field of fieldsOf(scene)) yield* differencesOfRows([one, two], field);
}

/** The amount that is missing to a share of pagu: «untuk mencapai 95% perlu …». */
function* gaps(scene: Scene): Generator<Candidate> {
  const aims = scene.around.filter(
    (each) => each.from >= scene.binding.sentence.from && isAim(scene.read, each, scene.words),
  );
  const percents = [
    ...aims.map(({ value, text }) => ({ value, text })),
    ...percentsNear(scene).map(({ exact: value, mention: { text } }) => ({ value, text })),
  ];
  for (const { value, text } of percents)
    for (const pagu of bases(scene, ['pagu']))
      for (const realisasi of bases(scene, ['realisasi']))
        yield { value: (pagu * value) / 100 - realisasi, how: `${text} × pagu − realisasi` };
}

/** All without the named: the total minus the selected rows, or minus a figure of the answer. */
function* rests(scene: Scene): Generator<Candidate> {
  const { words, binding } = scene;
  if (binding.direction !== null) return;
  if (!REST.test(words) && !/\b(?:sisa|tersisa|tinggal|belum|tak)\b/.test(words)) return;
  const near = nearest(scene, 'amount').slice(0, 4);
  const fields = scene.binding.fields?.has('sisa') ? ['pagu'] : fieldsOf(scene);
  for (const base of bases(scene, fields))
    for (const one of near) yield { value: base - one.exact, how: `${base} − ${one.mention.text}` };
}

function* products(scene: Scene): Generator<Candidate> {
  const amounts = [
    ...bases(scene, ['pagu', ...fieldsOf(scene)]),
    ...nearest(scene, 'amount').map(({ exact }) => exact),
  ];
  for (const percent of percentsNear(scene))
    for (const amount of amounts.slice(0, 6))
      yield { value: (amount * percent.exact) / 100, how: `${percent.mention.text} × ${amount}` };
}

function percentsNear(scene: Scene): Known[] {
  return nearest(scene, 'percent')
    .filter((each) => Math.abs(each.binding.line - scene.binding.line) <= 1)
    .slice(0, 3);
}
