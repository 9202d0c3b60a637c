import type { FunctionDeclaration } from '@google/genai/web';
import type { Static, TProperties, TSchema } from 'typebox';
import Type from 'typebox';
import { SORTS } from '../../supabase/budget/ranking.ts';
import { PERIODS } from '../../supabase/calendar.ts';
import { LEVELS } from '../../supabase/reports/report-names.ts';
import { OPERATIONS } from './calculate.ts';

/** A month argument, `2026-09`. */
export const MONTH_PATTERN = '^[0-9]{4}-(0[1-9]|1[0-2])$';
/** Maximum number of rows on a page. */
export const MAX_LIMIT = 50;

const month = (description: string) => Type.Optional(Type.String({ description, pattern: MONTH_PATTERN }));
const day = (description: string) => Type.Optional(Type.String({ description, format: 'date' }));
const text = (description: string) => Type.Optional(Type.String({ description, maxLength: 200 }));
const number = (description: string) => Type.Optional(Type.Number({ description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const choice = <const Words extends string[]>(words: readonly [...Words], description: string) =>
  Type.Optional(Type.Enum<Words>(words, { description }));
const tool = <Properties extends TProperties>(description: string, properties: Properties) => ({
  description,
  parameters: Type.Object(properties, { additionalProperties: false }),
});

const order = choice(['asc', 'desc'], 'asc: terkecil/terlama dahulu; desc: terbesar/terbaru dahulu');
const paging = {
  limit: Type.Optional(
    Type.Integer({ description: 'jumlah baris yang ditampilkan; 20 bila kosong', minimum: 1, maximum: MAX_LIMIT }),
  ),
  offset: Type.Optional(Type.Integer({ description: 'lewati sekian baris pertama', minimum: 0, maximum: 100_000 })),
};
const reportSelector = {
  report_month: month('bulan laporan, misalnya 2026-09; kosong: laporan terbaru'),
  report_type: text('Akrual atau SP2D; kosong: jenis laporan terbaru. Jangan mencampur keduanya'),
};
const ranking = {
  min_sisa: number('sisa paling sedikit, rupiah'),
  max_sisa: number('sisa paling banyak, rupiah'),
  min_serapan: number('serapan paling rendah, persen'),
  max_serapan: number('serapan paling tinggi, persen'),
  sort: choice(SORTS, 'urutkan menurut'),
  order,
};

/** All tools. Their descriptions and parameters are declared to the model; its calls are validated against the parameters. */
export const TOOLS = {
  search_activities: tool(
    'Cari kegiatan milik pengguna: jadwal, status, penanggung jawab, tujuan, capaian, kendala, tindak lanjut, alokasi. ' +
      'count dan total_allocation berlaku untuk semua yang cocok, bukan hanya yang ditampilkan. ' +
      'Jam dan tempat kegiatan, berkas, dan undangan tidak ada di sini; untuk itu arahkan ke portal {portal}. tanggal null berarti belum dijadwalkan.',
    {
      period: choice(PERIODS, 'periode tanggal pelaksanaan; minggu mulai Senin'),
      from: day('tanggal pelaksanaan paling awal, misalnya 2026-11-24'),
      to: day('tanggal pelaksanaan paling akhir'),
      status: text('Rencana, Komitmen, Outstanding, Terbayar, Selesai, atau Draft (belum berstatus)'),
      keyword: text(
        'kata atau frasa dalam nama, tujuan, unit terkait, penanggung jawab, capaian, kendala, atau tindak lanjut; atau id kegiatan',
      ),
      overdue: flag('true: hanya yang terlambat (tanggal lewat, belum Terbayar/Selesai)'),
      undated: flag('true: hanya yang belum bertanggal'),
      has_issue: flag('true: hanya yang punya kendala (pending issue)'),
      sort: choice(['date', 'allocation'], 'urutkan menurut tanggal atau total alokasi'),
      order,
      ...paging,
    },
  ),
  activity_statistics: tool(
    'Jumlah kegiatan pengguna: semua, per status, minggu ini, minggu depan, terlambat; dan jumlah alokasi per status (rupiah).',
    {},
  ),
  budget_summary: tool(
    'Keseluruhan anggaran dari satu laporan SAKTI: pagu, realisasi, sisa, serapan, outstanding, komitmen, sisa setelah komitmen. ' +
      'Outstanding dan komitmen selalu keadaan sekarang.',
    { ...reportSelector },
  ),
  search_budget: tool(
    'Cari baris anggaran (rincian) menurut kode, kata, sisa, atau serapan. count dan totals berlaku untuk semua yang cocok.',
    {
      code: text('awalan kode, atau deretan segmen utuh, misalnya 6336.EBA atau 963.126'),
      keyword: text('kata dalam uraian atau nama akun'),
      ...ranking,
      ...paging,
      ...reportSelector,
    },
  ),
  budget_by_account: tool(
    'Anggaran per akun, atau per program, kegiatan RKA-K/L, KRO (output), RO, komponen, atau subkomponen (group_by). ' +
      'count dan totals berlaku untuk semua yang cocok. Untuk serapan terendah: sort serapan, order asc.',
    {
      account: text('angka awal akun: 52 belanja barang, 53 belanja modal, 524111 satu akun'),
      digits: Type.Optional(
        Type.Integer({
          description: '6: tiap akun (bila kosong); 2, 3, atau 4: kelompok akun',
          minimum: 2,
          maximum: 6,
        }),
      ),
      group_by: choice(['account', ...LEVELS], 'kelompokkan menurut; account bila kosong'),
      ...ranking,
      ...paging,
      ...reportSelector,
    },
  ),
  budget_trend: tool(
    'Perkembangan pagu, realisasi, sisa, dan serapan per bulan beserta perubahannya. ' +
      'Realisasi bersifat kumulatif dalam setahun: jangan dijumlahkan antarbulan. ' +
      'change adalah selisih dari laporan bulan since; null pada laporan pertama suatu tahun.',
    {
      account: text('angka awal akun; kosong: seluruh anggaran'),
      code: text('awalan kode atau deretan segmen utuh'),
      from: month('bulan pertama, misalnya 2026-01; kosong: Januari'),
      to: month('bulan terakhir; kosong: bulan laporan terbaru'),
      ...reportSelector,
    },
  ),
  calculate: tool(
    'Hitung dengan angka yang sudah dikembalikan alat atau ditulis pengguna; angka lain ditolak. ' +
      'sum [a, b, …]; difference [a, b, …] = a − b − …; ratio_percent [bagian, keseluruhan]; divide [a, b]; ' +
      'project_linear [realisasi sampai tanggal laporan, bulan yang sudah berjalan pada tanggal laporan (boleh pecahan), ' +
      'jumlah bulan (12 untuk akhir tahun)] = realisasi ÷ bulan berjalan × jumlah bulan. ' +
      'Untuk perkiraan serapan akhir tahun: project_linear, lalu ratio_percent dari hasilnya terhadap pagu.',
    {
      operation: choice(OPERATIONS, 'operasi hitung'),
      operands: Type.Optional(
        Type.Array(Type.Number(), { description: 'angka-angka, berurutan', minItems: 1, maxItems: 50 }),
      ),
    },
  ),
};

export type ToolName = keyof typeof TOOLS;
export type ToolArguments = { [Name in ToolName]: Static<(typeof TOOLS)[Name]['parameters']> };

/** Builds the declarations for Gemini: plain JSON Schema with only the keywords that the API accepts. */
export function toolDeclarations(portalName: string): FunctionDeclaration[] {
  return Object.entries(TOOLS).map(
    ([
      name,
      {
        description,
        parameters: { properties },
      },
    ]) => ({
      name,
      description: description.replaceAll('{portal}', portalName),
      parametersJsonSchema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, schema]) => [key, toGeminiSchema(schema)]),
        ),
      },
    }),
  );
}

const GEMINI_KEYWORDS = ['type', 'description', 'enum', 'minimum', 'maximum', 'minItems', 'maxItems'];

function toGeminiSchema(schema: TSchema): object {
  const keywords = Object.entries(schema).filter(([keyword]) => GEMINI_KEYWORDS.includes(keyword));
  const type = 'enum' in schema ? { type: 'string' } : {};
  const items = 'items' in schema ? { items: { type: 'number' } } : {};
  return { ...type, ...Object.fromEntries(keywords), ...items };
}
