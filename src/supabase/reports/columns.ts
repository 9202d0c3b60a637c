import { parseAccount } from '../budget/account-code.ts';
import { amountOrZero, textOf } from '../fields.ts';

/** The amounts of a budget row in the order of its columns, 2 to 6 of `processed_data`; rupiah. */
export const AMOUNTS = ['pagu', 'lock_pagu', 'realisasi_periode_lalu', 'realisasi_periode_ini', 'realisasi'] as const;
export type AmountName = (typeof AMOUNTS)[number];
export type Sums = Record<AmountName, number>;

/** Sums of the rows of one account. */
export interface AccountSums extends Sums {
  account: string;
  /** From account_name_map; null if missing. */
  name: string | null;
  rows: number;
}

/** The texts of one column in one string: row i ends at `ends[i]`, where the next row begins. */
export interface TextColumn {
  text: string;
  ends: Uint32Array;
}

/**
 * A report in columns: row i is `textAt(kode, i)`, `textAt(uraian, i)`, `amounts.pagu[i]` …, and belongs to
 * `accounts[accountOf[i]]`. It has few and large values, because it is copied between threads.
 */
export interface ReportColumns {
  rows: number;
  kode: TextColumn;
  uraian: TextColumn;
  amounts: Record<AmountName, Float64Array>;
  accounts: readonly AccountSums[];
  /** Names of accounts and of their groups (the first 2, 3 or 4 digits) that account_name_map has. */
  names: ReadonlyMap<string, string>;
  accountOf: Uint32Array;
  total: Sums;
  /** Number of rows left out because of a missing code, too few columns or an invalid amount. */
  skipped: number;
  /** False if the stored value is not a list of rows. */
  readable: boolean;
}

const COLUMNS = 7;

/** Parses `processed_data` and `account_name_map`, both as values or as JSON text. Never throws. */
export function toColumns(processedData: unknown, accountNames: unknown): ReportColumns {
  const source = parseIfJsonText(processedData);
  const rows = Array.isArray(source) ? source : [];
  const builder = new ColumnsBuilder(rows.length, parseIfJsonText(accountNames));
  for (const row of rows) builder.add(row);
  return builder.finish(Array.isArray(source));
}

/** Returns the text of a row. */
export function textAt({ text, ends }: TextColumn, row: number): string {
  return text.slice(row === 0 ? 0 : ends[row - 1], ends[row]);
}

/** Returns zeros, to be added to. */
export function zeroSums(): Sums {
  return { pagu: 0, lock_pagu: 0, realisasi_periode_lalu: 0, realisasi_periode_ini: 0, realisasi: 0 };
}

class ColumnsBuilder {
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
    const account = this.#getOrAddAccount(kode);
    this.#kode.push(kode);
    this.#uraian.push(uraian);
    this.#accountOf[this.#rows] = account;
    this.#addToAccount(account);
    this.#rows++;
  }

  /** Writes a row's amounts to the end of the columns. @returns false when one of them is invalid */
  #addAmounts(row: unknown[]): boolean {
    for (let column = 0; column < AMOUNTS.length; column++) {
      const cell = row[column + 2];
      const amount = typeof cell === 'number' && Number.isFinite(cell) ? cell : amountOrZero(cell);
      if (amount === undefined) return false;
      this.#columns[column]![this.#rows] = amount;
    }
    return true;
  }

  #getOrAddAccount(kode: string): number {
    const account = parseAccount(kode);
    const existing = this.#byAccount.get(account);
    if (existing !== undefined) return existing;
    const index = this.#accounts.length;
    this.#byAccount.set(account, index);
    // The map also names thousands of items; keep only accounts and their groups.
    for (const digits of [account.length, 2, 3, 4]) this.#storeName(account.slice(0, digits));
    this.#accounts.push({ account, name: this.#nameOf.get(account) ?? null, rows: 0, ...zeroSums() });
    return index;
  }

  #storeName(key: string): void {
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

  finish(readable: boolean): ReportColumns {
    const rows = this.#rows;
    const [pagu, lock_pagu, realisasi_periode_lalu, realisasi_periode_ini, realisasi] = this.#columns.map((column) =>
      rows === column.length ? column : column.slice(0, rows),
    );
    return {
      rows,
      kode: toTextColumn(this.#kode),
      uraian: toTextColumn(this.#uraian),
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
      total: sumAccounts(this.#accounts),
      skipped: this.#skipped,
      readable,
    };
  }
}

function toTextColumn(texts: readonly string[]): TextColumn {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += texts[row]!.length;
    ends[row] = end;
  }
  return { text: texts.join(''), ends };
}

function sumAccounts(accounts: readonly AccountSums[]): Sums {
  const total = zeroSums();
  for (const sums of accounts) for (const name of AMOUNTS) total[name] += sums[name];
  return total;
}

function parseIfJsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
