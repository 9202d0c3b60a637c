import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import { type Label, type LabelIndex, OBJECT_KINDS } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import { findFields, isFieldWord } from './field-names.ts';

/** A field or a row that a text names. */
export interface Name extends Range {
  /** `field`, `total`, or a kind of label. */
  kind: string;
  /** Fields of the data that the word may mean. */
  fields?: ReadonlySet<string>;
  /** Labels of the data that the words may mean. */
  labels?: ReadonlySet<Label>;
  /** A single word of names: too little to require that row, enough to search for it. */
  isWeak?: true;
  /** After «dibanding»: the row that another one is compared with. */
  isBase?: true;
}

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
const CODE = /[A-Z0-9]{1,8}(?:\.[A-Z0-9]{1,8}){1,}/gi;

/** Finds the names in a line, in the order of the text. */
export function findNames(text: string, tokens: readonly Token[], line: Range, labels: LabelIndex): Name[] {
  const found: Name[] = [];
  const taken = new Set<number>();
  const add = (name: Name) => {
    found.push(isBase(tokens, name) ? { ...name, isBase: true } : name);
    if (!name.isWeak) for (let at = name.from; at < name.to; at++) taken.add(at);
  };
  for (const name of findCodes(text, tokens, line, labels)) add(name);
  for (const name of findWordedNames(tokens, line, labels)) if (!taken.has(name.from)) add(name);
  for (const name of expandRanges(tokens, findDates(tokens, line, labels), labels)) add(name);
  for (let at = line.from; at < line.to; at++) {
    if (taken.has(at)) continue;
    const name = findLabelAt(tokens, at, line, labels);
    if (name) add(name);
  }
  for (const { from, to, fields } of findFields(tokens, line, taken)) found.push({ kind: 'field', from, to, fields });
  return found.sort((one, two) => one.from - two.from);
}

/** «dibanding Oktober», «daripada bulan lalu» */
function isBase(tokens: readonly Token[], { kind, from }: Name): boolean {
  if (kind !== 'month' && kind !== 'date' && kind !== 'period') return false;
  return (
    [1, 2].some((back) =>
      /^(?:dibanding|dibandingkan|terhadap|daripada|ketimbang|sejak|semenjak)$/.test(tokens[from - back]?.lower ?? ''),
    ) ||
    (tokens[from - 1]?.lower === 'dari' &&
      tokens.slice(Math.max(0, from - 9), from).some(({ lower }) => UP.test(lower) || DOWN.test(lower)))
  );
}

function findCodes(text: string, tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  if (from === to) return [];
  const [start, end] = [tokens[from]!.start, tokens[to - 1]!.end];
  const names: Name[] = [];
  let at = from;
  for (const match of text.slice(start, end).matchAll(CODE)) {
    const code = labels.find('code', match[0]);
    if (code.length === 0) continue;
    while (at < to && tokens[at]!.end <= start + match.index) at++;
    let last = at;
    while (last < to && tokens[last]!.start < start + match.index + match[0].length) last++;
    names.push({ kind: 'code', from: at, to: last, labels: new Set(code) });
    at = last;
  }
  return names;
}

/** Maximum number of tokens between two words of one name. */
const MAX_GAP = 3;
/** Maximum number of words that are searched together; keeps the time linear. */
const MAX_RUN = 16;
/** Minimum length of a word that may stand for a name. */
const MIN_WEAK_LENGTH = 5;

/** Finds names of accounts, activities, persons and units by their words. An answer may shorten them. */
function findWordedNames(tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  const names: Name[] = [];
  let run: number[] = [];
  const finish = () => {
    if (run.length > 0) names.push(...chooseLabels(tokens, run, labels));
    run = [];
  };
  for (let at = from; at < to; at++) {
    const token = tokens[at]!;
    const isWord = token.kind === 'word' && labels.withWord(token.lower).length > 0;
    const last = run.at(-1);
    if (
      last !== undefined &&
      (run.length >= MAX_RUN ||
        at - last > MAX_GAP ||
        /^[,;.:!?|]$/.test(token.text) ||
        (token.kind === 'number' && token.text.length > 3))
    )
      finish();
    if (isWord) run.push(at);
  }
  finish();
  return names;
}

/** Chooses the labels that best explain a run of words: those whose matched words are no part of another label's. */
function chooseLabels(tokens: readonly Token[], run: readonly number[], labels: LabelIndex): Name[] {
  const matched = new Map<Label, Set<string>>();
  for (const at of run) {
    const word = tokens[at]!.lower;
    for (const label of labels.withWord(word)) matched.set(label, (matched.get(label) ?? new Set()).add(word));
  }
  const sure = [...matched].filter(([label, words]) => isNamed(label, words, tokens, run));
  // «Laptop» names every row with this word if it names one.
  const single = new Set(sure.flatMap(([, words]) => (words.size === 1 ? [...words] : [])));
  const named = [...matched].filter(
    ([label, words]) => (words.size === 1 && single.has([...words][0]!)) || isNamed(label, words, tokens, run),
  );
  const best = named.filter(
    ([label, words]) =>
      !named.some(
        ([other, others]) =>
          other !== label && others.size > words.size && [...words].every((word) => others.has(word)),
      ),
  );
  const complete = best.filter(([label, words]) => words.size === label.words.length);
  const chosen = (candidates: typeof best, words: Set<string>) =>
    // «Perjalanan Dinas Biasa» names one account, although its words begin another name too.
    candidates.filter(([, others]) => [...words].every((word) => others.has(word)));
  const names: Name[] = [];
  for (const [label, words] of best) {
    const exact = chosen(complete, words);
    if (exact.length > 0 && !exact.some(([each]) => each === label)) continue;
    const shared = new Set(
      best
        .filter(([other]) => other !== label && !haveSameWords(matched, other, label))
        .flatMap(([, others]) => [...others]),
    );
    const core = run.filter((at) => words.has(tokens[at]!.lower) && !shared.has(tokens[at]!.lower));
    const positions = core.length > 0 ? core : run.filter((at) => words.has(tokens[at]!.lower));
    const [first, last] = [positions[0]!, positions.at(-1)! + 1];
    const same = names.find((name) => name.kind === label.kind && name.from === first && name.to === last);
    if (same) (same.labels as Set<Label>).add(label);
    else names.push({ kind: label.kind, from: first, to: last, labels: new Set([label]) });
  }
  if (names.length > 0) return names;
  for (const at of run) {
    const found = isFieldWord(tokens[at]!.lower) ? [] : labels.withWord(tokens[at]!.lower);
    for (const [kind, each] of Map.groupBy(found, (label) => label.kind))
      if (tokens[at]!.text.length >= MIN_WEAK_LENGTH)
        names.push({ kind, from: at, to: at + 1, labels: new Set(each), isWeak: true });
  }
  return names;
}

function haveSameWords(matched: ReadonlyMap<Label, ReadonlySet<string>>, one: Label, two: Label): boolean {
  const [words, others] = [matched.get(one)!, matched.get(two)!];
  return words.size === others.size && [...words].every((word) => others.has(word));
}

/** Half of the words, or two of them; a single word only if it is capitalized or follows «belanja» or «akun». */
function isNamed(label: Label, words: ReadonlySet<string>, tokens: readonly Token[], run: readonly number[]): boolean {
  if (words.size >= 2) return words.size * 3 >= label.words.length;
  const at = run.find((index) => words.has(tokens[index]!.lower))!;
  const isMarked =
    /^\p{Lu}/u.test(tokens[at]!.text) || /^(?:belanja|akun|honor|jasa)$/.test(tokens[at - 1]?.lower ?? '');
  return label.words.length <= 3 && isMarked && !hasOtherWord(label, tokens, at);
}

/** «Belanja Barang dan Jasa» is not «Belanja Jasa Profesi»: a capitalized word beside the only common one is another name. */
function hasOtherWord(label: Label, tokens: readonly Token[], at: number): boolean {
  if (label.words.length === 1) return false;
  return [-1, 1].some((step) => {
    const beside = /^(?:dan|&)$/.test(tokens[at + step]?.lower ?? '') ? at + 2 * step : at + step;
    const { text = '', lower = '', kind = 'mark' } = tokens[beside] ?? {};
    return (
      kind === 'word' &&
      /^\p{Lu}\p{Ll}/u.test(text) &&
      !/^(?:belanja|akun|kegiatan|total|sisa|pagu|realisasi)$/.test(lower) &&
      !label.words.includes(lower)
    );
  });
}

const YEAR = /^20\d\d$/;
const RANGE_JOINT = /^(?:[-–—]|sampai|hingga|sd|d)$/;

/** Whether a day is an end of a range: «30 November–6 Desember», «30/11 sampai 6/12». */
function isRangeEnd(tokens: readonly Token[], { from, to }: Range): boolean {
  const opens = [1, 2, 3].some(
    (ahead) =>
      tokens[to + ahead]?.kind === 'number' &&
      (isMonth(tokens, to + ahead + 1) || tokens[to + ahead + 1]?.text === '/'),
  );
  const closes = tokens[from - 2]?.kind === 'number' || isMonth(tokens, from - 2);
  return (
    (opens && RANGE_JOINT.test(tokens[to]?.lower ?? '')) || (closes && RANGE_JOINT.test(tokens[from - 1]?.lower ?? ''))
  );
}

function isMonth(tokens: readonly Token[], at: number): boolean {
  return MONTH_NUMBERS.has(tokens[at]?.lower ?? '');
}

/** Finds days and months: «24 November 2026», «24/11», «Okt», «2026-10». The ends of a range of days name no day. */
function findDates(tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  const names: Name[] = [];
  const add = (kind: string, text: string, range: Range) => {
    if (kind === 'date' && isRangeEnd(tokens, range)) return;
    const found = labels.find(kind, text);
    // A day that the data does not have is named too; it may be wrong.
    if (found.length > 0 || kind === 'date') names.push({ kind, ...range, labels: new Set(found) });
  };
  const pad = (text: string) => text.padStart(2, '0');
  for (let at = from; at < to; at++) {
    const { kind, text, lower } = tokens[at]!;
    const month = MONTH_NUMBERS.get(lower);
    if (month !== undefined && kind === 'word' && !(text === 'mar' || lower === 'may')) {
      const end = YEAR.test(tokens[at + 1]?.text ?? '') ? at + 2 : at + 1;
      const day = tokens[at - 1]?.kind === 'number' && at > from ? tokens[at - 1]!.text : undefined;
      const isRange =
        day !== undefined &&
        /^(?:[-–]|d|dan|sampai|hingga|,)$/.test(tokens[at - 2]?.text ?? '') &&
        (tokens[at - 3]?.kind === 'number' || tokens[at - 2]?.lower === 'dan' || isMonth(tokens, at - 3));
      if (day === undefined) add('month', pad(String(month)), { from: at, to: end });
      else if (!isRange && /^\d{1,2}$/.test(day))
        add('date', `${pad(String(month))}-${pad(day)}`, { from: at - 1, to: end });
      continue;
    }
    const [joint, second] = [tokens[at + 1], tokens[at + 2]];
    if (kind !== 'number' || !joint?.glued || !second?.glued || second.kind !== 'number' || at + 2 >= to) continue;
    if (joint.text === '/' && /^\d{1,2}$/.test(text) && /^\d{1,2}$/.test(second.text))
      add('date', `${pad(second.text)}-${pad(text)}`, { from: at, to: at + 3 });
    if (joint.text === '-' && YEAR.test(text) && /^\d\d$/.test(second.text))
      add('month', `${text}-${second.text}`, { from: at, to: at + 3 });
  }
  return names;
}

/** «Januari sampai Mei» names the months between too. */
function expandRanges(tokens: readonly Token[], names: readonly Name[], labels: LabelIndex): Name[] {
  const expanded: Name[] = [];
  for (const name of names) {
    const first = expanded.at(-1);
    const joint = first
      ? tokens
          .slice(first.to, name.from)
          .map(({ text }) => text)
          .join('')
      : '';
    if (
      first?.kind !== 'month' ||
      name.kind !== 'month' ||
      !/^(?:-|–|sampai|hingga|s\.d\.|sd|sampaidengan)$/.test(joint)
    ) {
      expanded.push(name);
      continue;
    }
    const ends = [first, name].flatMap((each) => [...each.labels!].map(({ text }) => text)).sort();
    const months = labels.months().filter((month) => month >= ends[0]! && month <= ends.at(-1)!);
    first.labels = new Set(months.flatMap((month) => labels.find('month', month)));
    first.to = name.to;
  }
  return expanded;
}

function findLabelAt(tokens: readonly Token[], at: number, { to }: Range, labels: LabelIndex): Name | undefined {
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

/** Returns whether a kind of label names one object. */
export function isObjectKind(kind: string): boolean {
  return OBJECT_KINDS.has(kind);
}
