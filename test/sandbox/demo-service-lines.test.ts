import t from 'tap';
import { peopleIn } from '../../sandbox/demo/people.ts';
import { tellLine } from '../../sandbox/demo/service-lines.ts';
import { sampleData } from '../../sandbox/sample-data.ts';

const people = peopleIn(sampleData(new Date('2026-11-24T03:00:00Z')));
const tell = (line: Record<string, unknown>) => tellLine({ level: 30, time: 5, ...line }, people);
const SITI = { conversation: '62812****0001', requestId: 'r1' };

t.test('an event is told with its time, its conversation and in words', async (t) => {
  const identified = { event: 'user.identified', linked: true, approved: true, matches: 1 };
  t.match(tell({ ...identified, durationMs: 12, ...SITI }), {
    source: 'service',
    at: 5,
    phone: '6281200000001',
    title: 'Dikenali: Siti Rahmawati',
    detail: 'dari Supabase, 12 ms',
    tone: 'good',
  });
  t.match(tell({ ...identified, approved: false, durationMs: 0, ...SITI }), {
    title: 'Dikenali, belum disetujui',
    tone: 'bad',
  });
});

t.test('what went wrong is marked so', async (t) => {
  t.match(tell({ event: 'turn.retrying', delayMs: 1430, upstream: 'fonnte', reason: 'other', ...SITI }), {
    title: 'Dicoba lagi dalam 1,4 s',
    detail: 'FONNTE: other',
    tone: 'wait',
  });
  const called = { event: 'upstream.called', operation: 'users', durationMs: 3 };
  t.match(tell({ ...called, upstream: 'supabase', outcome: 'network' }), { tone: 'bad', minor: false });
  t.match(tell({ ...called, upstream: 'supabase', outcome: 'ok' }), { tone: 'plain', minor: true });
  t.match(tell({ event: 'model.called', model: 'g', outcome: '503', durationMs: 9, tokensIn: 0, tokensOut: 0 }), {
    title: 'Model gagal: 503',
    detail: 'g · 9 ms',
  });
});

t.test('an event that nobody has worded is a detail, by its name', async (t) => {
  t.match(tell({ event: 'moon.rose', phase: 'full', nested: {}, ...SITI }), {
    title: 'moon.rose',
    detail: 'phase full',
    minor: true,
    phone: '6281200000001',
  });
});

t.test('lines that tell nothing that happened are left out; errors are not', async (t) => {
  t.equal(tell({ msg: 'Server listening' }), undefined);
  t.equal(tell({ event: 'request.completed', route: '/api/health', status: 200 }), undefined);
  t.match(tell({ level: 50, msg: 'aduh' }), { title: 'aduh', tone: 'bad' });
});
