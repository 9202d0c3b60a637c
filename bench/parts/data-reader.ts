import type { ReportReader } from '../../src/sapa/read-rows.ts';

export const USER = '10000000-0000-4000-8000-000000000001';
const REPORT = '20000000-0000-4000-8000-000000000001';
const ACTIVITIES = 200;

/** SAPA's tables from memory: one report with this text, and some activities whose allocations point into it. */
export function reportReader(text: string): ReportReader {
  const info = {
    id: REPORT,
    user_id: USER,
    file_name: 'laporan.xlsx',
    report_type: 'Akrual',
    report_date: '2026-11-20',
    created_at: '2026-11-21T02:00:00+00:00',
  };
  const { processed_data } = JSON.parse(text) as { processed_data: [kode: string, uraian: string][] };
  const activities = Array.from({ length: ACTIVITIES }, (_, index) => activity(index, processed_data[index * 7]));
  const answers: Record<string, () => unknown[]> = {
    reports: () => [info],
    activities: () => activities,
  };
  return {
    async read(operation) {
      const answer = answers[operation];
      if (!answer) throw new Error(`nothing is known of ${operation}`);
      return answer();
    },
    readText: async () => reportRows(text),
  };
}

/** PostgREST's answer with the report. */
export function reportRows(text: string): string {
  return `[{"id":"${REPORT}","user_id":"${USER}",${text.slice(1)}]`;
}

function activity(index: number, row: [kode: string, uraian: string] | undefined): object {
  const id = `30000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const [kode = '', uraian = ''] = row ?? [];
  return {
    id,
    user_id: USER,
    nama: `Rapat koordinasi ${index}`,
    status: ['Rencana', 'Komitmen', 'Outstanding', 'Terbayar'][index % 4],
    tanggal_pelaksanaan: `2026-11-${String((index % 28) + 1).padStart(2, '0')}`,
    tujuan_kegiatan: null,
    kl_unit_terkait: null,
    penanggung_jawab: null,
    capaian: null,
    pending_issue: null,
    rencana_tindak_lanjut: null,
    allocations: [
      { id: `40000000-0000-4000-8000-${String(index).padStart(12, '0')}`, kode, uraian, jumlah: 1_000_000 },
    ],
  };
}
