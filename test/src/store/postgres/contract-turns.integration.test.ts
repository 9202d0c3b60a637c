import t, { type Test } from 'tap';
import { findPostgres } from '../../../../sandbox/postgres-server.ts';
import { hasPgbouncer, startPgbouncer } from '../../../support/pgbouncer.ts';
import { startPostgres } from '../../../support/postgres.ts';
import { CONTRACT_PARTS, storeContract } from '../../../support/store-contract/contract.ts';
import { databaseUrl, NO_POSTGRES, onPostgres } from '../../../support/store-contract/shared.ts';

await t.test(
  'the contract on PostgreSQL, through a pooler in transaction mode: turns',
  { skip: NO_POSTGRES },
  async (t) => storeContract(t, onPostgres(t, await poolerUrl(t)), CONTRACT_PARTS.turns),
);

/** Without pgbouncer (Debian: apt install pgbouncer), the contract runs without a pooler. */
async function poolerUrl(t: Test): Promise<string> {
  const binaries = findPostgres();
  if (hasPgbouncer() && binaries) return await startPgbouncer(t, await startPostgres(t, binaries));
  t.comment('pgbouncer is not installed');
  return await databaseUrl(t);
}
