import { normalizeText } from '../text/normalize.ts';
import { tokenize } from '../text/tokenizer.ts';

/** A name that the data gives to a row, and the words by which an answer may use it. */
export interface Label {
  /** `account`, `code`, `name`, `status`, `month`, `date`, `weekday`, `person`, `unit`, `type`, `period`, `flag` … */
  kind: string;
  text: string;
  /** Significant words in lower case; empty if the label is found in another way. */
  words: string[];
  /** Fields of the rows with this label; `count` if such rows can be counted. */
  fields: Set<string>;
  /** The rows with this label. */
  rows: Set<object>;
}

/** A row of the data. */
interface Labeled {
  labels: Map<string, Set<Label>>;
  parent: Labeled | null;
  result: number;
}

/** The labels of the data. */
export interface LabelIndex {
  /** Adds the labels in the fields of a row. */
  addFields(row: Labeled, fields: object): void;
  add(row: Labeled, kind: string, text: string): void;
  /** Adds an account, and the name of the group if it is one (`53`). */
  addAccount(row: Labeled, account: string): void;
  /** Finds an exact label: an account, a month `2026-09` or `09`, a date `09-30`. */
  find(kind: string, text: string): Label[];
  /** Whether at least `minLength` digits begin the accounts of the data: `524`. */
  isAccountGroup(digits: string, minLength: number): boolean;
  /** Labels with a word among their significant words, at most `MAX_PER_WORD`. */
  withWord(word: string): readonly Label[];
  /** Months of the data, sorted. */
  months(): string[];
}

/** A word in more names than this distinguishes nothing; keeps the time linear. */
const MAX_PER_WORD = 60;
/** Longer texts are descriptions, not names. */
const MAX_NAME_LENGTH = 160;

const KINDS: [RegExp, string][] = [
  [/^(?:kode|code)$/i, 'code'],
  [/^(?:account|akun)$/i, 'account'],
  [/^(?:name|nama|uraian|account_name|nama_akun|title|judul|label|group|kelompok|key)$/i, 'name'],
  [/^status$/i, 'status'],
  [/^(?:penanggung_jawab|pic|person)$/i, 'person'],
  [/^(?:unit|kl_unit_terkait|unit_terkait)$/i, 'unit'],
  [/^type$/i, 'type'],
  [/^(?:month|bulan)$/i, 'month'],
  [/^(?:date|tanggal|report_date)$/i, 'date'],
  [/^hari$/i, 'weekday'],
];
const DATE = /^(\d{4})-(\d\d)(?:-(\d\d))?/;
/** Words of names that identify nothing. */
const INSIGNIFICANT = new Set(
  'dan atau untuk dari di ke pada dengan yang bagi oleh dalam per serta belanja kegiatan akun the of and lainnya lain'.split(
    ' ',
  ),
);

/** Kinds of labels that name one object. */
export const OBJECT_KINDS = new Set(['account', 'code', 'name']);

/** Names of the groups of accounts in the chart of accounts (Bagan Akun Standar). */
const ACCOUNT_GROUPS: Record<string, string> = {
  '51': 'Belanja Pegawai',
  '52': 'Belanja Barang dan Jasa',
  '53': 'Belanja Modal',
  '57': 'Belanja Bantuan Sosial',
};

/** «yang sudah beres», «belum tuntas»: conditions on the status of an activity. */
export const STATUS_FLAGS: [flag: string, holds: (status: unknown) => boolean][] = [
  ['tuntas', (status) => isDone(status)],
  ['belum tuntas', (status) => !isDone(status)],
];

function isDone(status: unknown): boolean {
  return typeof status === 'string' && /^(?:selesai|terbayar)$/i.test(status);
}

/** Conditions on fields that an answer names in words. */
const FLAGS: [field: string, holds: (value: unknown) => boolean, flag: string][] = [
  ['terlambat', (value) => value === true, 'terlambat'],
  ['tanggal', (value) => value === null, 'belum bertanggal'],
  ['pending_issue', (value) => typeof value === 'string' && value !== '', 'kendala'],
  ['penanggung_jawab', (value) => value === null, 'tanpa penanggung jawab'],
  ['total_alokasi', (value) => value === 0, 'tanpa alokasi'],
  ['total_alokasi', (value) => typeof value === 'number' && value > 0, 'punya alokasi'],
  ['realisasi', (value) => value === 0, 'nihil'],
  ...STATUS_FLAGS.map(([flag, holds]): (typeof FLAGS)[number] => ['status', holds, flag]),
];

export function createLabels(): LabelIndex {
  const byKind = new Map<string, Map<string, Label>>();
  const byWord = new Map<string, Label[]>();
  const byCodeEnd = new Map<string, Label[]>();
  const months = new Set<string>();

  function intern(kind: string, text: string): Label {
    const key = text.toLowerCase();
    const ofKind = byKind.get(kind) ?? new Map<string, Label>();
    const known = ofKind.get(key);
    if (known) return known;
    const label: Label = {
      kind,
      text,
      fields: new Set(),
      rows: new Set(),
      words: wordsOf(kind, text),
    };
    byKind.set(kind, ofKind.set(key, label));
    for (const end of kind === 'code' ? codeEnds(text.toLowerCase()) : [])
      byCodeEnd.set(end, [...(byCodeEnd.get(end) ?? []).slice(0, MAX_PER_WORD), label]);
    for (const word of label.words) byWord.set(word, [...(byWord.get(word) ?? []).slice(0, MAX_PER_WORD), label]);
    return label;
  }

  function add(row: Labeled, kind: string, text: string): void {
    const label = intern(kind, text);
    const inherited = row.parent?.labels.get(kind);
    const own = row.labels.get(kind);
    // An allocation is also found by the name of its activity; other labels replace those of the parent.
    if (own === undefined || own === inherited) row.labels.set(kind, new Set(OBJECT_KINDS.has(kind) ? inherited : []));
    row.labels.get(kind)!.add(label);
    if (kind === 'month') months.add(text);
  }

  function addAccount(row: Labeled, account: string): void {
    add(row, 'account', account);
    const group = ACCOUNT_GROUPS[account];
    if (group) add(row, 'name', group);
  }

  function addFields(row: Labeled, fields: object): void {
    for (const [key, value] of Object.entries(fields)) {
      if (key === 'report' && typeof value === 'object' && value !== null) addFields(row, value);
      for (const [name, holds, flag] of FLAGS) if (key === name && holds(value)) add(row, 'flag', flag);
      if (typeof value !== 'string' || value.length > MAX_NAME_LENGTH || value.trim() === '') continue;
      const kind = KINDS.find(([pattern]) => pattern.test(key))?.[1];
      const date = kind === 'date' || kind === 'month' ? DATE.exec(value) : null;
      if (date) {
        add(row, 'month', `${date[1]}-${date[2]}`);
        if (date[3]) add(row, 'date', `${date[2]}-${date[3]}`);
      } else if (kind && kind !== 'date' && kind !== 'month') {
        if (kind === 'account') addAccount(row, value.trim());
        else add(row, kind, value.trim());
      }
    }
  }

  return {
    addFields,
    add,
    addAccount,
    find: (kind, text) => {
      if (kind === 'month' && text.length === 2)
        return [...months].filter((month) => month.endsWith(`-${text}`)).map((month) => intern('month', month));
      const label = byKind.get(kind)?.get(text.toLowerCase());
      if (kind === 'code' && !label) return byCodeEnd.get(text.toLowerCase()) ?? [];
      return label ? [label] : [];
    },
    isAccountGroup: (digits, minLength) =>
      digits.length >= minLength && byKind.get('account')?.keys().some((account) => account.startsWith(digits)) === true,
    withWord: (word) => {
      const found = byWord.get(word) ?? [];
      return found.length > MAX_PER_WORD ? [] : found;
    },
    months: () => [...months].sort(),
  };
}

function wordsOf(kind: string, text: string): string[] {
  if (kind === 'name' || kind === 'person' || kind === 'unit') return significantWords(text);
  // «KRO QDC» is the code WA.6336.QDC.
  const last = kind === 'code' ? text.slice(text.lastIndexOf('.') + 1).toLowerCase() : '';
  return /^[a-z]{3,}$/.test(last) ? [last] : [];
}

/** «963.126» is the component WA.6336.EBA.963.126. */
function codeEnds(code: string): string[] {
  const segments = code.split('.');
  return [2, 3].filter((count) => count < segments.length).map((count) => segments.slice(-count).join('.'));
}

function significantWords(text: string): string[] {
  const words = tokenize(normalizeText(text)).filter(
    ({ kind, lower }) => kind === 'word' && lower.length > 1 && !INSIGNIFICANT.has(lower),
  );
  return [...new Set(words.map(({ lower }) => lower))];
}
