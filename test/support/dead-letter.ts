import type { Test } from 'tap';
import { LINKED, startFakeUpstreams } from './fake-upstreams.ts';
import { startService } from './service.ts';

/** Starts a service with one dead letter: FONNTE rejected the reply to a message of LINKED. */
export async function startWithDeadLetter(
  t: Test,
  { message = 'Berapa sisa?', reply = 'jawaban tersimpan', ...given }: Record<string, string> = {},
) {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, given);
  upstreams.gemini.scriptResponses(() => ({ text: reply }));
  await upstreams.fonnte.setFault(
    { kind: 'reject', body: { status: false, reason: 'target invalid' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message }));
  await service.waitForEvent('turn.dead-lettered');
  return { upstreams, service };
}
