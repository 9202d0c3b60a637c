import { defineCheck } from '../check.ts';

/** The place for the checks of PostgreSQL, which this version cannot use. */
export const database = defineCheck({
  id: 'database',
  group: 'Mesin',
  title: 'PostgreSQL',
  needs: [],
  run: ({ given }) =>
    given.DATABASE_URL === undefined
      ? [{ status: 'skipped', text: 'Tidak dikonfigurasi; data tersimpan di DATA_DIR.' }]
      : [
          {
            status: 'warning',
            text: 'DATABASE_URL terisi, tetapi versi ini belum memakai PostgreSQL: data tersimpan di DATA_DIR.',
            fix: 'Hapus DATABASE_URL dari konfigurasi layanan ini.',
          },
        ],
});
