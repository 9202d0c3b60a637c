import { PERIOD_NAMES, type Period } from '../supabase/calendar.ts';
import { formatNumber } from '../supabase/rupiah.ts';

/** Conditions of a list, by argument of its tool, in Indonesian. Arguments that only order or group rows are no conditions. */
const CONDITIONS: Record<string, string> = {
  period: 'periode',
  from: 'dari',
  to: 'sampai',
  status: 'status',
  keyword: 'kata',
  code: 'kode',
  account: 'akun',
  min_sisa: 'sisa paling sedikit',
  max_sisa: 'sisa paling banyak',
  min_serapan: 'serapan paling rendah (%)',
  max_serapan: 'serapan paling tinggi (%)',
};

/** Conditions that are true or false. */
const FLAGS: Record<string, { true: string; false: string }> = {
  overdue: { true: 'terlambat', false: 'tidak terlambat' },
  undated: { true: 'belum bertanggal', false: 'sudah bertanggal' },
  has_issue: { true: 'dengan kendala', false: 'tanpa kendala' },
};

/** Describes the conditions of a list: «status: Rencana; terlambat». Empty without conditions. */
export function describeConditions(args: Record<string, unknown>): string {
  const described = Object.entries(args).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return FLAGS[name]?.[`${value}`] ?? [];
    const label = CONDITIONS[name];
    return label ? `${label}: ${describeValue(name, value)}` : [];
  });
  return described.join('; ');
}

function describeValue(name: string, value: unknown): string {
  if (name === 'period') return PERIOD_NAMES[value as Period] ?? String(value);
  return typeof value === 'number' ? formatNumber(value) : String(value);
}
