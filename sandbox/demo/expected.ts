import type { FakeSupabase } from '../supabase.ts';

/** What a person's current report says, added up here on its own, without the service's code. */
export interface ExpectedBudget {
  sisa: number;
  fileName: string;
  /** Percent of one account, or of all where none is given. */
  serapan(account?: string): number;
}

/** The newest Akrual report of whoever has this number. */
export function expectedBudget({ tables }: FakeSupabase, phone: string): ExpectedBudget {
  const owner = tables.users.find(({ phone_number }) => phone_number === phone);
  const [newest] = tables.processed_results
    .filter(({ user_id, report_type }) => user_id === owner?.id && report_type === 'Akrual')
    .sort((one, two) => String(two.report_date).localeCompare(String(one.report_date)));
  const rows = (newest?.processed_data ?? []) as unknown[][];
  const sum = (column: number, account?: string) =>
    rows
      .filter(([code]) => account === undefined || String(code).split('.')[6] === account)
      .reduce((total, row) => total + amount(row[column]), 0);
  return {
    sisa: sum(2) - sum(6),
    fileName: String(newest?.file_name),
    serapan: (account) => (100 * sum(6, account)) / sum(2, account),
  };
}

/** Amounts are numbers, and now and then a text such as `1.234.567,89`. */
function amount(value: unknown): number {
  return typeof value === 'number' ? value : Number(String(value).replaceAll('.', '').replace(',', '.'));
}
