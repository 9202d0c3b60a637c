import type { FakeSupabase } from '../supabase.ts';

/** The totals of a user's current report, computed without the service's code. */
export interface ExpectedBudget {
  sisa: number;
  fileName: string;
  /** Absorption in percent, of one account or of all accounts. */
  serapan(account?: string): number;
}

/** Sums up the newest Akrual report of the user with this phone number. */
export function computeExpectedBudget({ tables }: FakeSupabase, phone: string): ExpectedBudget {
  const owner = tables.users.find(({ phone_number }) => phone_number === phone);
  const [newest] = tables.processed_results
    .filter(({ user_id, report_type }) => user_id === owner?.id && report_type === 'Akrual')
    .sort((one, two) => String(two.report_date).localeCompare(String(one.report_date)));
  const rows = (newest?.processed_data ?? []) as unknown[][];
  const sum = (column: number, account?: string) =>
    rows
      .filter(([code]) => account === undefined || String(code).split('.')[6] === account)
      .reduce((total, row) => total + parseAmount(row[column]), 0);
  return {
    sisa: sum(2) - sum(6),
    fileName: String(newest?.file_name),
    serapan: (account) => (100 * sum(6, account)) / sum(2, account),
  };
}

/** Parses an amount: a number, or in some uploads a text such as `1.234.567,89`. */
function parseAmount(value: unknown): number {
  return typeof value === 'number' ? value : Number(String(value).replaceAll('.', '').replace(',', '.'));
}
