import { parseAccount } from '../budget/account-code.ts';
import { amountOrZero, textOf } from '../fields.ts';

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

/** The texts of one column in one string: row i ends at `ends[i]`, where the next begins. */
export interface TextColumn {
  text: string;
  ends: Uint32Array;
}

/**
 * A report in columns: row i is `textAt(kode, i)`, `textAt(uraian, i)`, `amounts.pagu[i]` …, and belongs to
 * `accounts[accountOf[i]]`. Few and large values, because it is copied from one thread to another.
 */
export interface ReportColumns {
  rows: number;
  kode: TextColumn;
  uraian: TextColumn;
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
}

const COLUMNS = 7;

/** Takes `processed_data` and `account_name_map` apart, as SAPA has them or as JSON text. Never throws. */
export function toColumns(processedData: unknown, accountNames: unknown): ReportColumns {
  const source = fromJsonText(processedData);
  const rows = Array.isArray(source) ? source : [];
  const builder = new ColumnsBuilder(rows.length, fromJsonText(accountNames));
  for (const row of rows) builder.add(row);
  return builder.finish(Array.isArray(source));
}

/** The text of a row. */
export function textAt({ text, ends }: TextColumn, row: number): string {
  return text.slice(row === 0 ? 0 : ends[row - 1], ends[row]);
}

/** All zeros, to add up into. */
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
    const account = this.#account(kode);
    this.#kode.push(kode);
    this.#uraian.push(uraian);
    this.#accountOf[this.#rows] = account;
    this.#addToAccount(account);
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
    const account = parseAccount(kode);
    const known = this.#byAccount.get(account);
    if (known !== undefined) return known;
    const index = this.#accounts.length;
    this.#byAccount.set(account, index);
    // The map also names thousands of items: only accounts and their groups are kept.
    for (const digits of [account.length, 2, 3, 4]) this.#keepName(account.slice(0, digits));
    this.#accounts.push({ account, name: this.#nameOf.get(account) ?? null, rows: 0, ...zeroSums() });
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

  finish(readable: boolean): ReportColumns {
    const rows = this.#rows;
    const [pagu, lock_pagu, realisasi_periode_lalu, realisasi_periode_ini, realisasi] = this.#columns.map((column) =>
      rows === column.length ? column : column.slice(0, rows),
    );
    return {
      rows,
      kode: textColumn(this.#kode),
      uraian: textColumn(this.#uraian),
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
    };
  }
}

function textColumn(texts: readonly string[]): TextColumn {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += texts[row]!.length;
    ends[row] = end;
  }
  return { text: texts.join(''), ends };
}

function totalOf(accounts: readonly AccountSums[]): Sums {
  const total = zeroSums();
  for (const sums of accounts) for (const name of AMOUNTS) total[name] += sums[name];
  return total;
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
