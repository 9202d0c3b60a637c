import { mock } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import t from 'tap';
import { type Check, defineCheck, MAX_CHECK_MS } from '../../../scripts/doctor/check.ts';
import { type Installation, runChecks } from '../../../scripts/doctor/run-checks.ts';
import { createEvents } from '../../../src/events.ts';
import { createHttpClient } from '../../../src/upstream/http-client.ts';

const http = createHttpClient({ connections: 1 });
t.teardown(() => http.close());
const installation: Installation = {
  config: { DATA_DIR: './data' },
  problems: new Map(),
  given: {},
  http,
  events: createEvents(),
  now: Date.now,
};
const check = (id: string, run: Check['run'], needs: Check['needs'] = []): Check =>
  defineCheck({ id, group: 'Mesin', title: id, needs, run });

t.test('a check that never ends is ended after five seconds, without delaying or losing the others', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const started: string[] = [];
  const running = runChecks(
    [
      check('macet', () => {
        started.push('macet');
        return new Promise(() => undefined);
      }),
      check('baik', async () => {
        started.push('baik');
        return [{ status: 'ok', text: 'Ada.' }];
      }),
    ],
    installation,
  );
  t.same(started, ['macet', 'baik'], 'at the same time');
  await nextTick();
  mock.timers.tick(MAX_CHECK_MS);
  t.match(await running, [
    { id: 'macet', status: 'error', text: 'Tidak ada jawaban dalam 5 detik.' },
    { id: 'baik', status: 'ok', text: 'Ada.' },
  ]);
});

t.test('a check without its variable is skipped, and one that fails is an error with its message', async (t) => {
  const fail = async () => {
    throw new RangeError('kesalahan pemeriksaan');
  };
  const rows = await runChecks([check('satu', fail, ['FONNTE_TOKEN', 'DATA_DIR']), check('dua', fail)], installation);
  t.match(rows, [
    { id: 'satu', status: 'skipped', text: 'Perbaiki dahulu FONNTE_TOKEN.', fix: null },
    { id: 'dua', status: 'error', text: 'Pemeriksaan gagal: kesalahan pemeriksaan' },
  ]);
});
