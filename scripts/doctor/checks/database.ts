import { defineCheck, type Finding } from '../check.ts';

/** Whether PostgreSQL is reached with the address, role and password of DATABASE_URL. It changes nothing there. */
export const database = defineCheck({
  id: 'database',
  group: 'Mesin',
  title: 'PostgreSQL',
  needs: [],
  run: async ({ given }) => [
    given.DATABASE_URL
      ? await connect(given.DATABASE_URL)
      : { status: 'skipped', text: 'Tidak dikonfigurasi; data tersimpan di DATA_DIR.' },
  ],
});

async function connect(url: string): Promise<Finding> {
  // An installation without DATABASE_URL does not load the driver.
  const { openPool } = await import('../../../src/store/postgres/connection.ts');
  try {
    const connection = openPool(url);
    try {
      const version = await connection.query("SELECT current_setting('server_version') AS result", []);
      return { status: 'ok', text: `PostgreSQL ${version} menjawab dengan peran dan kata sandi dari DATABASE_URL.` };
    } finally {
      await connection.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    return {
      status: 'error',
      text: `DATABASE_URL tidak dapat dipakai: ${reason}`,
      fix: 'Perbaiki alamat, peran, kata sandi atau sertifikat; lihat docs/runbook/postgresql.md.',
    };
  }
}
