import t from 'tap';
import { ADMIN_KEY, LINKED, startService, startWorld, UNLINKED } from '../helper.ts';

t.test('metrics count what happened, by what became of it, and hold no number', async (t) => {
  const world = await startWorld(t);
  const service = await startService(t, world);
  world.gemini.answer(() => ({
    text: 'Ada 77 kegiatan.',
    usage: { promptTokenCount: 11, candidatesTokenCount: 5, totalTokenCount: 16 },
  }));
  const payload = world.fonnte.payload({ sender: LINKED, message: 'Halo' });
  await service.call(payload);
  await service.call(payload);
  await service.happened('turn.finished');
  await service.call(world.fonnte.payload({ sender: UNLINKED, message: 'Halo' }));
  await service.call({ device: '6281100000000', status: 'disconnect' });
  await service.call({ x: 1 }, { secret: 'salah' });
  const text = await read(service.url);
  for (const line of [
    'sapa_messages_total{outcome="accepted"} 1',
    'sapa_messages_total{outcome="duplicate"} 1',
    'sapa_messages_total{outcome="NOT_LINKED"} 1',
    'sapa_calls_ignored_total{reason="device-status"} 1',
    'sapa_calls_unauthorized_total{code="UNAUTHORIZED"} 1',
    'sapa_gemini_tokens_total{kind="in"} 22',
    'sapa_figures_total{verdict="ungrounded"} 1',
    'sapa_answers_asked_again_total 1',
    'sapa_device_connected 0',
    'sapa_inbox_pending 0',
    'sapa_breaker_state{upstream="gemini"} 0',
    'sapa_sessions_active 1',
    'sapa_dead_letters 0',
    'sapa_turn_duration_seconds_count{outcome="answered"} 1',
    'sapa_ack_duration_seconds_count{status="200"} 3',
  ]) {
    t.ok(text.split('\n').includes(line), line);
  }
  t.match(text, /sapa_nodejs_eventloop_lag_seconds/);
  t.notMatch(text, /62812\d|Siti|Halo/);
});

t.test('metrics are closed without a key', async (t) => {
  const world = await startWorld(t);
  const service = await startService(t, world);
  t.equal((await fetch(`${service.url}/api/metrics`)).status, 401);
});

async function read(url: string): Promise<string> {
  const response = await fetch(`${url}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return response.text();
}
