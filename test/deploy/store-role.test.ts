import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { one } from '../../src/store/types.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { ROOT } from '../support/process.ts';
import { openPostgresStore } from '../support/store-contract/shared.ts';

const binaries = findPostgres();
const skip = binaries ? false : 'PostgreSQL is not installed';

t.test('the role of store-role.sql runs the store in its schema and cannot read other tables', { skip }, async (t) => {
  const postgres = await startPostgres(t, binaries ?? '');
  await postgres.run(
    "CREATE TABLE public.profiles (id int, name text); INSERT INTO public.profiles VALUES (1, 'rahasia')",
  );
  await postgres.run(readFileSync(join(ROOT, 'deploy/supabase/store-role.sql'), 'utf8'));
  const url = new URL(postgres.url);
  url.username = 'sapa_whatsapp';
  for (const opened of ['first', 'again']) {
    const store = await openPostgresStore(url.href, 'sapa_whatsapp');
    t.equal(await one(store.inbox.hasFingerprint([{ key: 'x' }])), false, opened);
    await store.close();
  }
  t.equal(await postgres.run("SELECT tableowner FROM pg_tables WHERE tablename = 'conversations'"), 'sapa_whatsapp');
  await t.rejects(postgres.run('SELECT * FROM public.profiles', 'sapa_whatsapp'), /42501/);
  await t.rejects(postgres.run('CREATE SCHEMA lain', 'sapa_whatsapp'), /42501/);
  await t.rejects(openPostgresStore(url.href, 'lain'), /DATABASE_URL tidak dapat dipakai: permission denied/);
});
