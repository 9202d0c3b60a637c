import t from 'tap';
import { UNLINKED_NOTICE_LIMIT } from '../../src/conversation/accept/notices.ts';
import { createManualClock } from '../support/clock.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { startService } from '../support/service.ts';

const upstreams = await startFakeUpstreams(t);

t.test('many unlinked senders cannot drain the FONNTE quota: at most sixty notices an hour', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const write = (sender: string) =>
    service.call(upstreams.fonnte.buildPayload({ sender, message: 'Halo', timestamp: Math.floor(clock.now() / 1000) }));
  const strangers = Array.from({ length: UNLINKED_NOTICE_LIMIT.max + 10 }, (_, index) =>
    String(6_281_200_002_000 + index),
  );
  for (const stranger of strangers)
    t.match(await write(stranger), { status: 403, body: { code: 'NOT_LINKED' } }, stranger);
  await service.idle();
  t.equal(upstreams.fonnte.sent.length, UNLINKED_NOTICE_LIMIT.max);
  const withheld = service.occurrences.filter(({ type }) => type === 'notice.suppressed');
  t.equal(withheld.length, 10, 'an event says so');
  t.match(withheld[0], { notice: 'not-linked', conversation: '62812****2060' });

  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  t.match(await write(LINKED), { status: 200 }, 'a user is answered all the same');
  await upstreams.fonnte.waitForSent(({ target }) => target === LINKED);
  clock.advance(60 * 60 * 1000);
  const passedOver = strangers.at(-1) ?? '';
  await write(passedOver);
  await upstreams.fonnte.waitForSent(({ target }) => target === passedOver);
});

t.test('unlinked senders identified only in their turn count too', async (t) => {
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 1000 });
  upstreams.fonnte.sent.length = 0;
  await upstreams.supabase.setFault({ kind: 'status', status: 503 });
  const strangers = Array.from({ length: UNLINKED_NOTICE_LIMIT.max + 5 }, (_, index) =>
    String(6_281_200_003_000 + index),
  );
  for (const sender of strangers) await service.call(upstreams.fonnte.buildPayload({ sender, message: 'Halo' }));
  await upstreams.supabase.clearFaults();
  while (service.occurrences.filter(({ type }) => type === 'turn.dropped').length < strangers.length) {
    await new Promise(setImmediate);
  }
  await service.idle();
  t.equal(upstreams.fonnte.sent.length, UNLINKED_NOTICE_LIMIT.max);
  t.equal(service.occurrences.filter(({ type }) => type === 'notice.suppressed').length, 5);
});
