import { setImmediate } from 'node:timers/promises';
import { accountOf } from './account.ts';
import { amountOrZero, textOf } from './activities.ts';
import { type CodeIndex, indexCodes } from './code-index.ts';

/** The amounts of a budget row in the order of its columns, 2 to 6 of `processed_data`; rupiah. */
export const AMOUNTS = ['pagu', 'lock_pagu', 'realisasi_periode_lalu', 'realisasi_periode_ini', 'realisasi'] as const;
export type AmountName = (typeof AMOUNTS)[number];
export type Sums = Record<AmountName, number>;

/** The rows of one account added up. */
export interface AccountSums extends Sums {
  account: string;
  /** From account_name_map; null where it has none. */
  name: string | null;
  rows: number;
}

/** Uraian of all rows in one string, so that a search is one pass of the engine's own; `starts[row]` is where a row begins. */
export interface TextIndex {
  text: string;
  starts: Uint32Array;
}

/** A report in columns: row i is `kode[i]`, `uraian[i]`, `amounts.pagu[i]` …, and belongs to `accounts[accountOf[i]]`. */
export interface ParsedReport {
  rows: number;
  kode: readonly string[];
  uraian: readonly string[];
  amounts: Record<AmountName, Float64Array>;
  accounts: readonly AccountSums[];
  /** Names of accounts and of their groups (the first 2, 3 or 4 digits), as far as account_name_map has them. */
  names: ReadonlyMap<string, string>;
  accountOf: Uint32Array;
  total: Sums;
  /** Rows left out because they have no code, too few columns, or an amount that can't be read. */
  skipped: number;
  /** False where the stored value was no list of rows at all. */
  readable: boolean;
  /** What it takes in memory, indices included; never less than the truth. */
  bytes: number;
  codeIndex(): CodeIndex;
  uraianIndex(): TextIndex;
}

/** Rows taken between two turns of the event loop: far less time than the JSON.parse that came before. */
const ROWS_AT_A_TIME = 2_500;
const COLUMNS = 7;

/** Takes `processed_data` and `account_name_map` apart; gives way to other work every few thousand rows. Never throws. */
export async function parseReport(processedData: unknown, accountNames: unknown): Promise<ParsedReport> {
  const source = fromJsonText(processedData);
  const rows = Array.isArray(source) ? source : [];
  const builder = new ReportBuilder(rows.length, fromJsonText(accountNames));
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
    // Also before the first: the JSON.parse of the whole has just held everybody up.
    await setImmediate();
    const to = Math.min(rows.length, from + ROWS_AT_A_TIME);
    for (let i = from; i < to; i++) builder.add(rows[i]);
  }
  return builder.finish(Array.isArray(source));
}

/** All zeros, to add up into. */
export function noSums(): Sums {
  return { pagu: 0, lock_pagu: 0, realisasi_periode_lalu: 0, realisasi_periode_ini: 0, realisasi: 0 };
}

class ReportBuilder {
  readonly #kode: string[] = [];
  readonly #uraian: string[] = [];
  readonly #columns: Float64Array[];
  readonly #accountOf: Uint32Array;
  readonly #accounts: AccountSums[] = [];
  readonly #byAccount = new Map<string, number>();
  readonly #names: object;
  readonly #nameOf = new Map<string, string>();
  #rows = 0;
  #skipped = 0;
  #bytes = 0;
  constructor(rows: number, names: unknown) {
    this.#names = typeof names === 'object' && names !== null ? names : {};
    this.#columns = AMOUNTS.map(() => new Float64Array(rows));
    this.#accountOf = new Uint32Array(rows);
  }

  add(row: unknown): void {
    if (!Array.isArray(row) || row.length < COLUMNS || !this.#addAmounts(row)) {
      this.#skipped++;
      return;
    }
    const kode = typeof row[0] === 'string' ? row[0].trim() : '';
    if (!kode) {
      this.#skipped++;
      return;
    }
    const uraian = typeof row[1] === 'string' ? row[1].trim() : (textOf(row[1]) ?? '');
    const account = this.#account(kode);
    this.#kode.push(kode);
    this.#uraian.push(uraian);
    this.#accountOf[this.#rows] = account;
    this.#addToAccount(account);
    // Two bytes a character, once in its own string and once in its index; headers, pointers, columns.
    this.#bytes += 4 * (kode.length + uraian.length) + 140;
    this.#rows++;
  }

  /** Puts a row's amounts into the next place of the columns; false where one of them can't be read. */
  #addAmounts(row: unknown[]): boolean {
    for (let column = 0; column < AMOUNTS.length; column++) {
      const cell = row[column + 2];
      const amount = typeof cell === 'number' && Number.isFinite(cell) ? cell : amountOrZero(cell);
      if (amount === undefined) return false;
      this.#columns[column]![this.#rows] = amount;
    }
    return true;
  }

  #account(kode: string): number {
    const account = accountOf(kode);
    const known = this.#byAccount.get(account);
    if (known !== undefined) return known;
    const index = this.#accounts.length;
    this.#byAccount.set(account, index);
    // The map also names thousands of items: only accounts and their groups are kept.
    for (const digits of [account.length, 2, 3, 4]) this.#keepName(account.slice(0, digits));
    this.#accounts.push({ account, name: this.#nameOf.get(account) ?? null, rows: 0, ...noSums() });
    return index;
  }

  #keepName(key: string): void {
    const name: unknown = Object.hasOwn(this.#names, key) ? Reflect.get(this.#names, key) : undefined;
    if (typeof name === 'string' && name.trim()) this.#nameOf.set(key, name.trim());
  }

  #addToAccount(index: number): void {
    const sums = this.#accounts[index]!;
    const at = this.#rows;
    const [pagu, lock, before, now, total] = this.#columns;
    sums.rows++;
    sums.pagu += pagu![at]!;
    sums.lock_pagu += lock![at]!;
    sums.realisasi_periode_lalu += before![at]!;
    sums.realisasi_periode_ini += now![at]!;
    sums.realisasi += total![at]!;
  }

  finish(readable: boolean): ParsedReport {
    const rows = this.#rows;
    const [pagu, lock_pagu, realisasi_periode_lalu, realisasi_periode_ini, realisasi] = this.#columns.map((column) =>
      rows === column.length ? column : column.slice(0, rows),
    );
    const kode = this.#kode;
    const uraian = this.#uraian;
    let codes: CodeIndex | undefined;
    let texts: TextIndex | undefined;
    return {
      rows,
      kode,
      uraian,
      amounts: {
        pagu: pagu!,
        lock_pagu: lock_pagu!,
        realisasi_periode_lalu: realisasi_periode_lalu!,
        realisasi_periode_ini: realisasi_periode_ini!,
        realisasi: realisasi!,
      },
      accounts: this.#accounts,
      names: this.#nameOf,
      accountOf: this.#accountOf.slice(0, rows),
      total: totalOf(this.#accounts),
      skipped: this.#skipped,
      readable,
      bytes: this.#bytes + this.#accounts.length * 300 + 2_000,
      codeIndex: () => (codes ??= indexCodes(kode)),
      uraianIndex: () => (texts ??= indexTexts(uraian)),
    };
  }
}

function totalOf(accounts: readonly AccountSums[]): Sums {
  const total = noSums();
  for (const sums of accounts) for (const name of AMOUNTS) total[name] += sums[name];
  return total;
}

/** Every text in small letters after a line feed, which none contains itself. */
function indexTexts(texts: readonly string[]): TextIndex {
  const joined = `\n${texts.join('\n')}`.toLowerCase();
  const text = /[^\S\n]{2}|[\t\r\u00a0]/.test(joined) ? joined.replace(/[^\S\n]+/g, ' ') : joined;
  const starts = new Uint32Array(texts.length);
  let row = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts[row++] = at + 1;
  // A text with a line feed of its own: rare enough to begin again without it.
  if (row > texts.length && texts.length > 0) return indexTexts(texts.map((text) => text.replaceAll('\n', ' ')));
  return { text, starts };
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
