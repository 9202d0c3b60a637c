import { ACCOUNTS, LEVEL_NAMES, LINES } from './sample-accounts.ts';
import { addDays, type Day, endOfMonth, instantOf, randomFrom, sampleId } from './sample-days.ts';
import type { Row } from './sapa-schema.ts';

/** A row of `processed_data`: kode, uraian and five amounts in rupiah. */
export type ReportRow = [string, string, ...(number | string)[]];

export interface SampleReports {
  rows: Row[];
  /** The rows of the current report of each of the first two users; allocations refer to them. */
  current: ReportRow[][];
}

interface Line {
  kode: string;
  uraian: string;
  pagu: number;
  /** Speed of spending: 1 is evenly over the year. */
  pace: number;
  /** Factor of the pagu from July on. */
  revision: number;
  /** The blocked fraction of the pagu. */
  locked: number;
}

/** Builds all reports: twelve months of Akrual and one SP2D for the first user, a few for the others. */
export function sampleReports(today: Day): SampleReports {
  const rows: Row[] = [];
  const add = (user: number, data: ReportRow[], file: string, date: Day | null, type: string | null, hour: number) => {
    rows.push(reportRow(rows.length + 1, user, data, file, date, type, instantOf(date ?? addDays(today, -40), hour)));
    return rows.at(-1) ?? {};
  };
  const monthly = (user: number, months: number) => {
    for (let before = months - 1; before >= 0; before -= 1) {
      const date = before === 0 ? today : endOfMonth(today, before);
      const data = reportData(user, date);
      const row = add(user, data, `Realisasi_Akrual_${date.slice(0, 7)}.xlsx`, date, 'Akrual', 8);
      // Real uploads contain such irregularities: no stored totals, an amount as Indonesian text.
      if (before === 5) row.totals = null;
      if (before === 3) for (const line of data.slice(4, 5)) line[2] = asText(line[2]);
    }
  };
  monthly(1, 12);
  // Same date as the current Akrual report, but uploaded earlier: the Akrual report remains the current one.
  add(1, reportData(1, addDays(today, -12)), `Realisasi_SP2D_${today.slice(0, 7)}.xlsx`, today, 'SP2D', 7);
  monthly(2, 3);
  const date = addDays(today, -9);
  add(4, reportData(4, date), 'Realisasi_minggu_lalu.xlsx', date, 'Akrual', 3);
  add(4, reportData(4, today).slice(0, 40), 'Realisasi_minggu_lalu_perbaikan.xlsx', date, 'Akrual', 10);
  add(6, reportData(6, addDays(today, -40)), 'Laporan lama.xlsx', null, null, 2);
  return { rows, current: [reportData(1, today), reportData(2, today)] };
}

/** Builds the budget lines of a user with the realization until `date`, cumulative within the year. */
function reportData(user: number, date: Day): ReportRow[] {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const daysInMonth = Number(endOfMonth(date).slice(8));
  return linesOf(user, year).map(({ kode, uraian, pagu, pace, revision, locked }) => {
    const revised = Math.round((pagu * revision) / 1000) * 1000;
    const current = month >= 7 ? revised : pagu;
    const spentBy = (months: number) => Math.round(Math.min(1, (months / 12) ** 1.2 * pace) * Math.min(pagu, revised));
    const before = spentBy(month - 1);
    const total = spentBy(month - 1 + day / daysInMonth);
    return [kode, uraian, current, Math.round(current * locked), before, total - before, total];
  });
}

function linesOf(user: number, year: number): Line[] {
  const random = randomFrom(year * 10 + user);
  return LINES.flatMap(([component, account]) => {
    const { items, typical } = ACCOUNTS[account] ?? { items: [], typical: 0 };
    return items.map(([item, uraian]): Line => {
      const draw = random();
      return {
        kode: `${component}.${account}.${item}`,
        uraian,
        pagu: Math.round((typical * (0.4 + 1.2 * draw)) / 1_000_000) * 1_000_000,
        // Some lines have no spending, some are spent before the end of the year.
        pace: draw < 0.08 ? 0 : 0.45 + 0.85 * random(),
        revision: draw > 0.9 ? 1.25 : draw < 0.15 ? 0.9 : 1,
        locked: draw > 0.5 && draw < 0.6 ? 0.1 : 0,
      };
    });
  }).concat(ODD_LINES);
}

// A line without budget, and a code whose segment 7 is not an account.
const ODD_LINES: Line[] = [
  {
    kode: 'WA.6336.EBA.962.051.0A.521211.002999',
    uraian: 'Konsumsi rapat (direvisi habis)',
    pagu: 0,
    pace: 0,
    revision: 1,
    locked: 0,
  },
  {
    kode: 'WA.6336.EBA.994.521111.002.0A.002610',
    uraian: 'Keperluan pos dan giro',
    pagu: 12_000_000,
    pace: 0.7,
    revision: 1,
    locked: 0,
  },
];

function reportRow(
  number: number,
  user: number,
  data: ReportRow[],
  file_name: string,
  report_date: Day | null,
  report_type: string | null,
  created_at: string,
): Row {
  const sum = (column: number) => data.reduce((total, row) => total + Number(row[column]), 0);
  const account_name_map = namesOf(data);
  return {
    id: sampleId('report', number),
    user_id: sampleId('user', user),
    file_name,
    processed_data: data,
    totals: [2, 3, 4, 5, 6].map(sum),
    account_name_map,
    report_type,
    report_date,
    created_at,
  };
}

/** Maps the last segment of every level, including items, to its name, as SAPA stores it. */
function namesOf(data: ReportRow[]): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [kode, uraian] of data) {
    const segments = kode.split('.');
    for (const segment of segments.slice(0, -1)) {
      const name = ACCOUNTS[segment]?.name ?? LEVEL_NAMES[segment];
      if (name !== undefined) names[segment] = name;
    }
    names[segments.at(-1) ?? ''] = uraian;
  }
  return names;
}

function asText(amount: number | string | undefined): string {
  return `${Number(amount).toLocaleString('id-ID')},00`;
}
