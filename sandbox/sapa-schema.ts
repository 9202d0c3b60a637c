/** The column types of SAPA, as far as they affect how PostgreSQL compares and rejects values. */
export type ColumnType = 'uuid' | 'text' | 'boolean' | 'date' | 'timestamptz' | 'numeric' | 'jsonb';
export type TableName = 'users' | 'activities' | 'allocations' | 'processed_results';
export type Row = Record<string, unknown>;
export type Tables = Record<TableName, Row[]>;

/** The columns of SAPA's tables in their order. */
export const COLUMNS: Record<TableName, Record<string, ColumnType>> = {
  users: {
    id: 'uuid',
    name: 'text',
    role: 'text',
    unit: 'text',
    is_approved: 'boolean',
    phone_number: 'text',
    email: 'text',
    created_at: 'timestamptz',
  },
  activities: {
    id: 'uuid',
    user_id: 'uuid',
    nama: 'text',
    status: 'text',
    tanggal_pelaksanaan: 'date',
    tujuan_kegiatan: 'text',
    kl_unit_terkait: 'text',
    penanggung_jawab: 'text',
    capaian: 'text',
    pending_issue: 'text',
    rencana_tindak_lanjut: 'text',
    created_at: 'timestamptz',
  },
  allocations: { id: 'uuid', activity_id: 'uuid', kode: 'text', uraian: 'text', jumlah: 'numeric' },
  processed_results: {
    id: 'uuid',
    user_id: 'uuid',
    file_name: 'text',
    processed_data: 'jsonb',
    totals: 'jsonb',
    account_name_map: 'jsonb',
    report_type: 'text',
    report_date: 'date',
    created_at: 'timestamptz',
  },
};

/** The foreign keys, each to the other table's `id`. */
export const FOREIGN_KEYS: { table: TableName; column: string; to: TableName }[] = [
  { table: 'activities', column: 'user_id', to: 'users' },
  { table: 'allocations', column: 'activity_id', to: 'activities' },
  { table: 'processed_results', column: 'user_id', to: 'users' },
];

/** Checks whether a table has this name. */
export function isTable(name: string): name is TableName {
  return Object.hasOwn(COLUMNS, name);
}
