import type { ReadText } from '../binding/binding.ts';
import type { Item } from '../binding/read-answer.ts';
import { namedRows, REST } from '../checks/named-rows.ts';
import {
  boundLabels,
  type Candidate,
  collectLabels,
  type Known,
  namesBetween,
  nearest,
  type Scene,
} from '../checks/scene.ts';
import { findLimit, rowsBeyondLimits } from '../checks/thresholds.ts';
import { type Label, STATUS_FLAGS } from '../data/labels.ts';
import type { List, Row } from '../data/records.ts';
import { countOf, type LabelSets, selectByThreshold, selectRows } from '../data/selections.ts';
import type { Mention } from '../text/figures.ts';
import { deriveDays } from './derive-days.ts';

/** Computes counts and plain numbers: rows that the text names, rests, sums, «9 kali», «21 unit». */
export function* deriveCounts(scene: Scene): Generator<Candidate> {
  const { mention, near } = scene;
  if (isMultiple(scene)) {
    yield* ratios(scene, ['amount', 'percent', 'count', 'number']);
    return;
  }
  if (mention.noun === undefined && mention.value > 9 && /\b(?:unit|setara)\b/.test(near))
    yield* ratios(scene, ['amount']);
  if (mention.precision < 0.5) return;
  if (mention.noun === 'laporan') yield* reports(scene);
  if (mention.noun === 'hari') yield* deriveDays(scene);
  else {
    yield* repeated(scene);
    yield* countRows(scene);
  }
}

/** Words after a count that an answer repeats. */
const SAME = /^(?:itu|tersebut|tadi|ini|berikutnya|selanjutnya|selebihnya|lain|lainnya)$/;

/** «Delapan lainnya lebih kecil … delapan akun berikutnya»: a confirmed count, unless this one has other names next to it. */
function* repeated({ mention, binding, known }: Scene): Generator<Candidate> {
  if (mention.value < 2 || !SAME.test(mention.after)) return;
  const own = [...binding.labels].filter(([, { nearness }]) => nearness === 'own');
  const isSame = ({ mention: { noun, after }, binding: { labels } }: Known) =>
    (noun === mention.noun || (noun === undefined && /^lain(?:nya)?$/.test(after))) &&
    own.every(([kind, each]) => [...each.labels].some((label) => labels.get(kind)?.labels.has(label)));
  for (const each of known)
    if (each.exact === mention.value && /^(?:count|number)$/.test(each.mention.kind) && isSame(each))
      yield { value: each.exact, how: each.mention.text };
}

/** «3 kegiatan terlambat:» above a list: the number of its items. */
function* listedItems({ read, binding }: Scene): Generator<Candidate> {
  const { lines } = read.layout;
  let [count, block] = [0, -1];
  for (const line of lines.slice(binding.line + 1, binding.line + MAX_LIST_LINES)) {
    if (line.from === line.to) continue;
    if (line.isItem && line.level === 1) {
      count++;
      block = line.block;
    } else if (line.level === 0 && line.block !== block) break;
  }
  if (count > 1) yield { value: count, how: `${count} butir daftar` };
}

/** Maximum number of lines of a list. */
const MAX_LIST_LINES = 120;

/** «Empat akun punya komitmen»: the rows of a list in which a named field is not 0, and those in which it is. */
function* rowsWithAmount({ records, read, binding }: Scene): Generator<Candidate> {
  const names = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  const fields = new Set(names.flatMap((name) => [...(name.fields ?? [])]));
  // «tanpa alokasi» is a condition of its own.
  for (const field of fields.difference(new Set(['alokasi'])))
    for (const { list, rows } of selectByThreshold(records, field, (value) => value !== 0)) {
      if (!list.isComplete || rows.length === 0 || rows.length === list.rows.length) continue;
      yield { value: rows.length, how: `${field} bukan nol` };
      yield { value: list.rows.length - rows.length, how: `${field} nol` };
    }
}

/** «9 kali lipat», «1,5x» */
export function isMultiple({ mention, read }: Pick<Scene, 'mention' | 'read'>): boolean {
  const after = read.tokens[mention.last + 1]?.lower ?? '';
  const next = read.tokens[mention.last + 2]?.lower ?? '';
  return (
    (after === 'kali' &&
      /^(?:lipat|lipatnya|lebih|dari|kenaikan|tambahan|sisa|pagu|realisasi|serapan|nilai|alokasi)$/.test(next)) ||
    /^[x×]$/.test(after)
  );
}

/** «9 kali lipat»: a ratio, no number of the data. */
export function isTimes({ mention }: Item, read: ReadText): boolean {
  return mention.kind === 'number' && mention.after === 'kali' && isMultiple({ mention, read });
}

/** Whether the line names several rows. */
function namesSeveral({ read, binding }: Scene): boolean {
  const { from, to } = read.layout.lines[binding.line]!;
  const labels = collectLabels(namesBetween(read, binding.line, from, to));
  return ['account', 'name'].some((kind) => (labels.get(kind)?.size ?? 0) > 1);
}

function* countRows(scene: Scene): Generator<Candidate> {
  const { mention, words, binding, records } = scene;
  const isRest = REST.test(words) || /\b(?:aman|belum|masih|tinggal)\b/.test(words);
  if (findLimit(scene.read.tokens, mention, scene.around)) {
    for (const { rows, how, limit } of rowsBeyondLimits(scene)) yield { value: rows.length, how, limit };
    yield* listedItems(scene);
    return;
  }
  const own = partsBeside(scene);
  if (own.size > 0) {
    // The text names the part that it counts: nothing else may confirm the count.
    for (const { list, rows } of [...selectRows(records, boundLabels(binding)), ...selectRows(records, own)])
      if (!list.isMap && (mention.noun === undefined || list.noun === mention.noun))
        yield { value: rows.length, how: `${rows.length} baris yang disebut` };
    yield* sumsOfParts(scene);
    // «3 kegiatan terlambat dengan alokasi terbesar:»
    if (/\b(?:ter(?:besar|atas|tinggi|rendah|kecil|lama|dekat)|paling|contoh)\b/.test(words)) yield* listedItems(scene);
    return;
  }
  yield* listedItems(scene);
  yield* objects(scene);
  if (isRest && REST.test(scene.near)) yield* rests(scene);
  for (const { list, rows, how, limit } of namedRows(scene)) {
    if (list.isMap || (mention.noun !== undefined && list.noun !== mention.noun && list.noun !== '')) continue;
    // «4 kegiatan: A, B, C, D»: one of the named rows is no count of them.
    if (rows.length > 1 || limit !== undefined || isRest || !namesSeveral(scene))
      yield { value: rows.length, how, limit };
  }
  yield* rowsWithAmount(scene);
  yield* sumsOfParts(scene);
  if (isRest) yield* rests(scene);
  if (/\b(?:total|totalnya|jumlah|jumlahnya|gabungan|digabung|dua minggu)\b/.test(words)) {
    yield* sumsOfTotals(scene);
    const near = nearest(scene, 'count');
    for (const [nth, one] of near.entries())
      for (const two of near.slice(nth + 1))
        yield { value: one.exact + two.exact, how: `${one.mention.text} + ${two.mention.text}` };
  }
}

/** The parts next to a count: «3 kegiatan terlambat», «3 kegiatan lain yang belum bertanggal», but not «selain 3 yang terlambat». */
function partsBeside({ binding, near }: Scene): LabelSets {
  const own = [...boundLabels(binding)].filter(
    ([kind]) =>
      /^(?:status|flag|date|person|unit|weekday|period)$/.test(kind) && binding.labels.get(kind)!.nearness === 'own',
  );
  // Only the number of this part is in the data, not its rows.
  const isCounted = own.some(([, labels]) =>
    [...labels].some((label) => [...(label.rows as Set<Row>)].every((row) => row.list === null && !row.isTotal)),
  );
  return new Map(isCounted || !REST.test(near) ? own : []);
}

/** «11 lainnya»: all rows without the named ones. */
function* rests(scene: Scene): Generator<Candidate> {
  const { read, mention, binding, records, around } = scene;
  const isNumber = ({ kind }: Mention) => kind === 'count' || kind === 'number';
  const line = around.filter(
    (each) => each !== mention && read.layout.lineOf[each.from] === binding.line && isNumber(each),
  );
  const before = line.filter((each) => each.from < mention.from).slice(-4);
  for (const one of before)
    for (const two of before)
      if (one.value > two.value) yield { value: one.value - two.value, how: `${one.text} − ${two.text}` };
  const isCounted = ({ noun, isMap }: List) =>
    !isMap && (mention.noun === undefined || noun === mention.noun || noun === '');
  for (const { list, rows } of namedRows(scene))
    if (isCounted(list) && (rows.length < list.rows.length || list.rows.length < countOf(list)))
      yield { value: countOf(list) - rows.length - list.skipped, how: `${countOf(list)} − ${rows.length}` };
  const near = nearest(scene, 'count', 'number');
  for (const one of near)
    for (const two of near)
      if (one.exact > two.exact)
        yield { value: one.exact - two.exact, how: `${one.mention.text} − ${two.mention.text}` };
  const last = before.at(-1);
  if (!last) return;
  for (const list of records.lists)
    if (list.owner.isTotal && isCounted(list))
      yield { value: countOf(list) - last.value, how: `${countOf(list)} − ${last.text}` };
}

/** The number of objects that the sentence names. */
function* objects({ read, binding }: Scene): Generator<Candidate> {
  const { from, to } = binding.sentence;
  const labels = collectLabels(namesBetween(read, binding.line, from, to));
  for (const kind of ['account', 'name']) {
    const count = labels.get(kind)?.size ?? 0;
    if (count > 1) yield { value: count, how: `${count} nama dalam kalimat` };
  }
}

/** «Terbayar dan Selesai 3»: the sum of the counts or amounts of the named parts of a result. */
export function* sumsOfParts({ records, read, binding, mention }: Scene): Generator<Candidate> {
  const sentence = collectLabels(namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to));
  // «2 Terbayar dan 1 Selesai. Secara nilai Rp50 juta»
  const labels = sentence.size > 0 ? sentence : collectLabels(namesBetween(read, binding.line, 0, binding.sentence.to));
  const kind = mention.kind === 'amount' ? 'amount' : 'count';
  for (const labelKind of ['status', 'flag', 'period']) {
    const named = [...(labels.get(labelKind) ?? [])];
    // «Yang sudah beres Rp51 juta»: the parts with one of several statuses.
    const statuses = STATUS_FLAGS.filter(([flag]) => named.some(({ text }) => text === flag));
    if (named.length < 2 && statuses.length !== 1) continue;
    const isNamed = (label: Label) =>
      statuses.length === 1 ? label.kind === 'status' && statuses[0]![1](label.text) : named.includes(label);
    const parts = records.rows.filter(
      (row) =>
        (row.list === null || row.list.isMap) &&
        [...(row.labels.get(statuses.length === 1 ? 'status' : labelKind) ?? [])].some(isNamed),
    );
    for (const [, rows] of Map.groupBy(parts, ({ result }) => result)) {
      const values = rows.flatMap((row) => row.cells.find((cell) => cell.kind === kind)?.value ?? []);
      if (values.length > 1) yield { value: values.reduce((sum, value) => sum + value, 0), how: 'jumlah yang disebut' };
    }
  }
}

/** The sum of the counts of two results: this week and next week. */
function* sumsOfTotals({ records }: Scene): Generator<Candidate> {
  const counts = records.lists.filter((list) => list.owner.isTotal && !list.isMap).map(countOf);
  if (counts.length === 2) yield { value: counts[0]! + counts[1]!, how: `${counts[0]} + ${counts[1]}` };
}

function* ratios(scene: Scene, kinds: readonly ('amount' | 'percent' | 'count' | 'number')[]): Generator<Candidate> {
  for (const kind of kinds) {
    const near = nearest(scene, kind).slice(0, 3);
    for (const one of near)
      for (const two of near) {
        if (one === two || two.exact === 0) continue;
        const value = one.exact / two.exact;
        const how = `${one.mention.text} ÷ ${two.mention.text}`;
        yield { value, how };
        if (kind === 'amount' && scene.mention.precision === 0.5) yield { value: Math.floor(value), how };
      }
  }
}

/** «dua laporan»: the reports behind the results. */
function* reports({ records }: Scene): Generator<Candidate> {
  const text = (labels: ReadonlySet<{ text: string }> | undefined) =>
    [...(labels ?? [])].map((label) => label.text).join();
  const roots = records.rows.filter(({ isTotal, labels }) => isTotal && labels.has('date'));
  const distinct = new Set(roots.map(({ labels }) => `${text(labels.get('type'))} ${text(labels.get('date'))}`));
  yield { value: distinct.size, how: `${distinct.size} laporan` };
}
