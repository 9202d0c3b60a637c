import type { Test } from 'tap';
import { createEvents } from '../../src/events.ts';
import { type FakeUpstreams, LINKED, OTHER_LINKED, startFakeUpstreams } from './fake-upstreams.ts';
import { ADMIN_KEY, type Service, startService } from './service.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

export interface ConsoleExample {
  upstreams: FakeUpstreams;
  service: Service;
  /** The key of the admin `rina`. */
  key: string;
}

/** Starts a service whose console has something to show in each part: a day of history, conversations and a dead letter. */
export async function startConsoleExample(t: Test): Promise<ConsoleExample> {
  const upstreams = await startFakeUpstreams(t);
  let behindMs = 0;
  // The service's clock does not move, so that no minute without messages begins.
  const startedAt = Date.now();
  const now = () => startedAt - behindMs;
  const events = createEvents(now);
  const service = await startService(t, upstreams, { ADMIN_API_KEY: `rina:${ADMIN_KEY}` }, { events, now });
  for (let minute = DAY_MINUTES - 1; minute > 0; minute--) {
    behindMs = minute * MINUTE_MS;
    emitMinute(events.emit, minute);
  }
  behindMs = 0;

  const ask = (sender: string, message: string) => service.call(upstreams.fonnte.buildPayload({ sender, message }));
  upstreams.gemini.scriptResponses(() => ({ text: 'Sisa anggaran Anda dapat dilihat di portal.' }));
  await ask(LINKED, 'Apa kabar hari ini?');
  await service.waitForEvent('turn.finished', ({ outcome, turnId }) => outcome === 'answered' && turnId !== undefined);
  await upstreams.fonnte.setFault(
    { kind: 'reject', body: { status: false, reason: 'target invalid' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  await ask(OTHER_LINKED, 'Bagaimana kegiatan minggu ini?');
  await service.waitForEvent('turn.dead-lettered');
  await service.idle();
  return { upstreams, service, key: ADMIN_KEY };
}

/** The events of one of the minutes before now: most messages arrived in the last seven hours and before the night. */
function emitMinute(emit: Service['events']['emit'], minute: number): void {
  const isWorkingHour = minute < 420 || minute > 1260;
  const wave = Math.sin(minute / 7) + Math.sin(minute / 31) + 2;
  const count = isWorkingHour ? Math.round(wave * 2) : minute % 23 === 0 ? 1 : 0;
  for (let index = 0; index < count; index++) {
    const replyMs = 1500 + wave * 400 + index * 350 + (minute % 41 === 0 ? 6000 : 0);
    emit({ type: 'message.accepted', seq: minute, waitedForIdentity: false });
    emit({
      type: 'request.completed',
      method: 'POST',
      route: '/webhook/whatsapp',
      status: 200,
      durationMs: 4 + index + (minute % 29 === 0 ? 90 : 0),
    });
    const tokens = {
      responseModel: '',
      finishReason: 'STOP',
      tokensIn: 1900 + wave * 300,
      tokensCached: 600,
      tokensOut: 180,
      tokensThought: 90,
    };
    for (let call = 0; call < 1 + ((minute + index) % 3 === 0 ? 1 : 0); call++) {
      emit({ type: 'model.called', model: 'gemini-3.8-flash', outcome: 'ok', durationMs: replyMs / 2, ...tokens });
    }
    emit({ type: 'answer.checked', grounded: 9, ungrounded: minute % 17 === 0 ? 1 : 0, correctionRequested: false });
    emit({ type: 'turn.finished', outcome: 'answered', durationMs: replyMs });
  }
}
