import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createEvents } from '../../../src/events.ts';
import { createSqliteStore } from '../../../src/store/sqlite.ts';
import { storeContract } from './contract.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sapa-wa-store-'));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));

await t.test('the embedded engine', (t) =>
  storeContract(t, async ({ place, now, maxInbox }) =>
    createSqliteStore({ directory: join(scratch, place), maxInbox, now, events: createEvents() }),
  ),
);
