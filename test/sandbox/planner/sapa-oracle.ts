import { addDays, mondayOf } from '../../../sandbox/sample-days.ts';
import type { Tables } from '../../../sandbox/sapa-schema.ts';

/** The columns of a report row that answers use. */
const COLUMNS = { pagu: 2, lock_pagu: 3, realisasi_periode_ini: 5, realisasi: 6 };
type Column = keyof typeof COLUMNS;

/** Selects rows: prefix of the account, part of code or description, month, report type (default Akrual). */
interface Selection {
  account?: string;
  code?: string;
  keyword?: string;
  month?: string;
  type?: string;
}

/** An activity as stored, with the sum of its allocations. */
interface StoredActivity {
  nama: string;
  status: string;
  tanggal: string | null;
  penanggung_jawab: string | null;
  pending_issue: string | null;
  alokasi: number;
  allocations: { kode: string; jumlah: number }[];
}

/** Computes totals of a user from SAPA's tables without the service's code. */
export function createOracle({ processed_results, activities, allocations }: Tables, userId: string, today: string) {
  function rows({ account = '', code = '', keyword = '', month = '', type = 'Akrual' }: Selection = {}): unknown[][] {
    const [newest] = processed_results
      .filter((report) => report.user_id === userId && report.report_type === type)
      .filter((report) => String(report.report_date).startsWith(month))
      .sort((one, other) => String(other.report_date).localeCompare(String(one.report_date)));
    return ((newest?.processed_data ?? []) as unknown[][]).filter(
      ([kode, uraian]) =>
        accountOf(String(kode)).startsWith(account) &&
        `.${String(kode)}.`.includes(code === '' ? '' : `.${code}.`) &&
        String(uraian).toLowerCase().includes(keyword),
    );
  }

  const sum = (column: Column, selection: Selection = {}) =>
    rows(selection).reduce((total, row) => total + toNumber(row[COLUMNS[column]]), 0);
  const sisa = (selection: Selection = {}) => sum('pagu', selection) - sum('realisasi', selection);
  const serapan = (selection: Selection = {}) => (100 * sum('realisasi', selection)) / sum('pagu', selection);

  /** Sorts the accounts by a value, smallest first. */
  const accountsBy = (value: (selection: Selection) => number) =>
    [...new Set(rows().map(([kode]) => accountOf(String(kode))))]
      .map((account) => ({ account, value: value({ account }) }))
      .filter((one) => Number.isFinite(one.value))
      .sort((one, other) => one.value - other.value || one.account.localeCompare(other.account));

  const stored: StoredActivity[] = activities
    .filter((activity) => activity.user_id === userId)
    .map((activity) => {
      const own = allocations.filter(({ activity_id }) => activity_id === activity.id);
      return {
        nama: String(activity.nama),
        status: String(activity.status ?? 'draft').toLowerCase(),
        tanggal: activity.tanggal_pelaksanaan === null ? null : String(activity.tanggal_pelaksanaan),
        penanggung_jawab: activity.penanggung_jawab === null ? null : String(activity.penanggung_jawab),
        pending_issue: activity.pending_issue === null ? null : String(activity.pending_issue),
        alokasi: own.reduce((total, { jumlah }) => total + Number(jumlah), 0),
        allocations: own.map(({ kode, jumlah }) => ({ kode: String(kode), jumlah: Number(jumlah) })),
      };
    });
  const within = (from: string, to: string) =>
    stored.filter(({ tanggal }) => tanggal !== null && tanggal >= from && tanggal <= to);
  const monday = mondayOf(today);
  /** Sums up the allocations of activities with a status, of all accounts or of one. */
  const bound = (status: string, account = '') =>
    stored
      .filter((activity) => activity.status === status)
      .flatMap((activity) => activity.allocations.filter(({ kode }) => accountOf(kode).startsWith(account)))
      .reduce((total, { jumlah }) => total + jumlah, 0);

  return {
    rows,
    sum,
    sisa,
    serapan,
    accountsBy,
    bound,
    activities: stored,
    within,
    thisWeek: within(monday, addDays(monday, 6)),
    nextWeek: within(addDays(monday, 7), addDays(monday, 13)),
    overdue: stored.filter(
      ({ tanggal, status }) => tanggal !== null && tanggal < today && status !== 'terbayar' && status !== 'selesai',
    ),
  };
}

/** @returns segment 7, or the last segment of six digits before the item */
function accountOf(code: string): string {
  const segments = code.split('.');
  const seventh = segments[6] ?? '';
  return /^\d{6}$/.test(seventh)
    ? seventh
    : (segments.slice(0, -1).findLast((segment) => /^\d{6}$/.test(segment)) ?? '');
}

/** Parses an amount: a number, or in some uploads a text such as `1.234.567,89`. */
function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number(String(value).replaceAll('.', '').replace(',', '.'));
}
