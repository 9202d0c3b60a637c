import t from 'tap';
import { describeLogLine } from '../../sandbox/demo/describe-log-line.ts';
import { listPeople } from '../../sandbox/demo/people.ts';
import { sampleData } from '../../sandbox/sample-data.ts';

const people = listPeople(sampleData(new Date('2026-11-24T03:00:00Z')));
const describe = (line: Record<string, unknown>) => describeLogLine({ level: 30, time: 5, ...line }, people);
const SITI = { conversation: '62812****0001', requestId: 'r1' };

t.test('an event gets its time, its conversation and an Indonesian title', async (t) => {
  const identified = { event: 'user.identified', linked: true, approved: true, matches: 1 };
  t.match(describe({ ...identified, durationMs: 12, ...SITI }), {
    source: 'service',
    at: 5,
    phone: '6281200000001',
    title: 'Dikenali: Siti Rahmawati',
    detail: 'dari Supabase, 12 ms',
    tone: 'good',
  });
  t.match(describe({ ...identified, approved: false, durationMs: 0, ...SITI }), {
    title: 'Dikenali, belum disetujui',
    tone: 'bad',
  });
});

t.test('failures and retries get their tone', async (t) => {
  t.match(describe({ event: 'turn.retrying', delayMs: 1430, upstream: 'fonnte', reason: 'other', ...SITI }), {
    title: 'Dicoba lagi dalam 1,4 s',
    detail: 'FONNTE: other',
    tone: 'wait',
  });
  const called = { event: 'upstream.called', operation: 'users', durationMs: 3 };
  t.match(describe({ ...called, upstream: 'supabase', outcome: 'network' }), { tone: 'bad', isDetail: false });
  t.match(describe({ ...called, upstream: 'supabase', outcome: 'ok' }), { tone: 'plain', isDetail: true });
  t.match(describe({ event: 'model.called', model: 'g', outcome: '503', durationMs: 9, tokensIn: 0, tokensOut: 0 }), {
    title: 'Model gagal: 503',
    detail: 'g · 9 ms',
  });
});

t.test('an event without a description is a detail with its name as title', async (t) => {
  t.match(describe({ event: 'moon.rose', phase: 'full', nested: {}, ...SITI }), {
    title: 'moon.rose',
    detail: 'phase full',
    isDetail: true,
    phone: '6281200000001',
  });
});

t.test('other lines are skipped, except errors', async (t) => {
  t.equal(describe({ msg: 'Server listening' }), undefined);
  t.equal(describe({ event: 'request.completed', route: '/api/health', status: 200 }), undefined);
  t.match(describe({ level: 50, msg: 'aduh' }), { title: 'aduh', tone: 'bad' });
});
