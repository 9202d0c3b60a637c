import t, { type Test } from 'tap';
import { type Outside, startOutside } from '../../bench/outside/remote.ts';
import { verifyCalls, verifyLoad } from '../../bench/part.ts';
import { cpuMs, residentMb } from '../../bench/process-figures.ts';
import { type Kind, type Subject, startSubject } from '../../bench/subject.ts';

let outside: Outside;
t.before(async () => {
  outside = await startOutside();
});
t.teardown(() => outside.close());

async function started(t: Test, kind: Kind, env: Record<string, string | number> = {}): Promise<Subject> {
  const subject = await startSubject(outside, kind, { env });
  t.teardown(() => subject.stop());
  return subject;
}

/** Only Linux has /proc with the resources of a process. */
const skip = process.platform === 'linux' ? false : 'needs /proc';
const PEOPLE = { first: 70_000, count: 3 };

for (const [kind, env] of [
  ['ours', { COALESCE_WINDOW_MS: 0 }],
  ['naive', {}],
  ['bare', { BARE_CALLS: 'identify,typing,generate,send' }],
] as const) {
  t.test(`${kind} answers each question with one Gemini request and one reply`, { skip }, async (t) => {
    const subject = await started(t, kind, env);
    await outside.run('takeCalls');
    const load = await outside.run('converse', { url: subject.url, people: PEOPLE, questions: 2, rampUpMs: 0 });
    const calls = await outside.run('takeCalls');
    verifyLoad(kind, { ...load, calls }, 6);
    verifyCalls(kind, { ...load, calls, cpuMs: 0, outsideCpuMs: 0 });
    t.equal(load.replies.length, 6);
    t.ok(load.replies.every(({ ms, upstreamMs }) => upstreamMs > 0 && upstreamMs <= ms));
    t.equal(calls.identify > 0, true);
    t.equal(calls.typing, { ours: 6, naive: 0, bare: 6 }[kind]);
    t.ok(cpuMs(subject.pid) > 0);
    const { now, peak } = residentMb(subject.pid);
    t.ok(peak >= now);
  });
}

t.test('a constant load counts rejected requests', { skip }, async (t) => {
  const ours = await started(t, 'ours', { RATE_LIMIT_PER_MINUTE: 2, COALESCE_WINDOW_MS: 0 });
  const people = { first: 71_000, count: 1 };
  const load = await outside.run('steady', { url: ours.url, people, perSecond: 50, seconds: 0.1 });
  t.equal(load.accepted, 2);
  t.match(Object.keys(load.refused), [/^429 /]);
  t.throws(() => verifyLoad('steady', load, 5), /RATE_LIMITED.*2 of 5 accepted/s);
});

t.test('an error contains the output of a server that does not start', { skip }, async (t) => {
  await t.rejects(startSubject(outside, 'ours', { env: { COALESCE_WINDOW_MS: 'soon' } }), /COALESCE_WINDOW_MS/);
});
