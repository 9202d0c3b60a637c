import t from 'tap';
import { CONTRACT_PARTS, storeContract } from '../../../support/store-contract/contract.ts';
import { databaseUrl, NO_POSTGRES, onPostgres } from '../../../support/store-contract/shared.ts';

await t.test('the contract on PostgreSQL: turns', { skip: NO_POSTGRES }, async (t) =>
  storeContract(t, onPostgres(t, await databaseUrl(t)), CONTRACT_PARTS.turns),
);
