import type { Row } from './fake-reader.ts';

export const ME = '00000000-0000-4000-8000-000000000001';
export const OTHER = '00000000-0000-4000-8000-000000000002';
/** Tuesday 24 November 2026, 10:00 in Jakarta. */
export const NOW = Date.parse('2026-11-24T03:00:00Z');

let lastId = 0;

/** An invented id, larger than all before. */
export function newId(): string {
  return `10000000-0000-4000-8000-${String(++lastId).padStart(12, '0')}`;
}

/** An activity as Supabase returns it. */
export function activityRow(fields: Row = {}): Row {
  return {
    id: newId(),
    user_id: ME,
    nama: 'Rapat koordinasi',
    status: 'Rencana',
    tanggal_pelaksanaan: '2026-11-24',
    tujuan_kegiatan: null,
    kl_unit_terkait: null,
    penanggung_jawab: null,
    capaian: null,
    pending_issue: null,
    rencana_tindak_lanjut: null,
    allocations: [],
    ...fields,
  };
}

/** An uploaded report as Supabase returns it. */
export function reportRow(fields: Row = {}): Row {
  return {
    id: newId(),
    user_id: ME,
    file_name: 'realisasi-november.xlsx',
    report_type: 'Akrual',
    report_date: '2026-11-20',
    created_at: '2026-11-21T02:00:00+00:00',
    processed_data: [],
    totals: null,
    account_name_map: {},
    ...fields,
  };
}

/** A budget code of 8 segments. */
export function kode(account: string, item: string, output = 'EBA.963.126.0B'): string {
  return `WA.6336.${output}.${account}.${item}`;
}

/** A row of processed_data: code, description, and five amounts (pagu and realization first, as tests care for them). */
export function budgetRow(
  code: unknown,
  uraian: unknown,
  pagu: unknown,
  realisasi: unknown,
  others: unknown[] = [0, 0, 0],
): unknown[] {
  return [code, uraian, pagu, others[0], others[1], others[2], realisasi];
}
