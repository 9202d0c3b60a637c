import t from 'tap';
import { diagnose } from '../../support/doctor.ts';
import { startFakeUpstreams } from '../../support/fake-upstreams.ts';

const { fonnte, gemini, supabase } = await startFakeUpstreams(t);
const upstreams = { fonnte, gemini, supabase };

/** Larger than any response that a check reads. */
const HUGE = 'x'.repeat(5 * 1024 * 1024);
/** The checks of one upstream: their worst row counts. */
const idsOf = {
  supabase: ['supabase', 'users', 'supabase-columns', 'supabase-max-rows', 'supabase-index'],
  gemini: ['gemini'],
  fonnte: ['fonnte'],
};

t.test('bodies without end, without JSON, cut off, of another shape, and no connection', async (t) => {
  const faults = [
    [{ kind: 'reject', body: HUGE }, /jauh lebih besar|dalam 5 detik/],
    [{ kind: 'invalid-json' }, /bukan JSON|Ditolak: <html>|200/],
    [{ kind: 'truncated' }, /terputus|bukan JSON/],
    [{ kind: 'reject', body: { satu: null } }, /bukan JSON|Ditolak|tanpa memanggil fungsi/],
    [{ kind: 'status', status: 500 }, /500/],
    [{ kind: 'refuse' }, /Sambungan ditolak/],
  ] as const;
  for (const [fault, text] of faults) {
    for (const upstream of [fonnte, gemini, supabase]) await upstream.setFault(fault);
    const { code, rows } = await diagnose(t, upstreams);
    t.equal(code, 1, fault.kind);
    for (const [upstream, ids] of Object.entries(idsOf)) {
      for (const id of ids) {
        const row = rows.find((each) => each.id === id);
        t.match(row, { status: 'error', text }, `${JSON.stringify(fault).slice(0, 60)}: ${upstream} ${id}`);
      }
    }
  }
});
