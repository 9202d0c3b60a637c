/** Responses of the service's functions as the model receives them. Rupiah; percentages with up to four decimals. */
export interface Amounts {
  pagu: number;
  lock_pagu: number;
  realisasi_periode_lalu: number;
  realisasi_periode_ini: number;
  realisasi: number;
  sisa: number;
  serapan_persen: number | null;
  outstanding: number;
  komitmen: number;
  sisa_setelah_komitmen: number;
}

export interface ReportRef {
  date: string | null;
  type: string | null;
  file_name: string | null;
}

interface OfReport {
  report: ReportRef;
  notes?: string[];
}

/** The response if the user has no such report. */
export interface NoReport {
  report: null;
  missing: string;
  available: ReportRef[];
}

export type Summary = OfReport & Amounts;

interface Page extends OfReport {
  count: number;
  shown: number;
  more: boolean;
  totals: Amounts;
}

export type AccountRow = Amounts & { account: string; name: string | null };
export type GroupRow = Amounts & { code: string; name: string | null };
export type BudgetRow = Amounts & { kode: string; uraian: string };

export type AccountPage = Page & { accounts?: AccountRow[]; groups?: GroupRow[] };
export type RowPage = Page & { rows: BudgetRow[] };

export interface TrendMonth {
  month: string;
  pagu: number;
  realisasi: number;
  sisa: number;
  serapan_persen: number | null;
  change: { since: string; realisasi: number; serapan_persen: number | null } | null;
}
export type Trend = OfReport & { months: TrendMonth[] };

export interface Activity {
  id: string;
  nama: string;
  status: string;
  tanggal: string | null;
  terlambat: boolean;
  penanggung_jawab: string | null;
  kl_unit_terkait: string | null;
  tujuan: string | null;
  capaian: string | null;
  pending_issue: string | null;
  rencana_tindak_lanjut: string | null;
  total_alokasi: number;
  allocations: { kode: string; uraian: string; jumlah: number }[];
}

export interface ActivityPage {
  count: number;
  shown: number;
  more: boolean;
  total_allocation: number;
  activities: Activity[];
  undated_left_out?: number;
  notes?: string[];
}

export interface Statistics {
  total: number;
  by_status: Record<string, number>;
  this_week: number;
  next_week: number;
  overdue: number;
  undated: number;
  total_allocation: number;
  allocation_by_status: Record<string, number>;
  notes?: string[];
}

export interface Calculation {
  result: number;
  how: string;
}
