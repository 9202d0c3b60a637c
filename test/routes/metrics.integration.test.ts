import t from 'tap';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { startOperator } from '../support/operator.ts';
import { ADMIN_KEY, startService } from '../support/service.ts';

t.test('metrics count events by outcome and contain no phone number', async (t) => {
  const world = await startFakeUpstreams(t);
  const expired = new Date(Date.now() + 1000.5 * 86_400_000).toISOString();
  Object.assign(world.fonnte, { quota: 1000, expired });
  const { url: ALERT_WEBHOOK_URL } = await startOperator(t);
  const service = await startService(t, world, { ALERT_WEBHOOK_URL });
  world.gemini.scriptResponses(() => ({
    text: 'Ada 77 kegiatan.',
    usage: { promptTokenCount: 11, candidatesTokenCount: 5, totalTokenCount: 16 },
  }));
  const payload = world.fonnte.buildPayload({ sender: LINKED, message: 'Halo' });
  await service.call(payload);
  await service.call(payload);
  await service.waitForEvent('turn.finished');
  await service.call(world.fonnte.buildPayload({ sender: UNLINKED, message: 'Halo' }));
  await service.waitForEvent('turn.finished', ({ outcome }) => outcome === 'not-linked');
  await service.call({ device: '6281100000000', status: 'disconnect' });
  await service.app.alerts.check();
  await service.call({ x: 1 }, { secret: 'salah' });
  const text = await read(service.url);
  for (const line of [
    'sapa_messages_total{outcome="accepted"} 1',
    'sapa_messages_total{outcome="duplicate"} 1',
    'sapa_messages_total{outcome="NOT_LINKED"} 1',
    'sapa_webhook_ignored_total{reason="device-status"} 1',
    'sapa_auth_failures_total{code="UNAUTHORIZED"} 1',
    'sapa_gemini_tokens_total{kind="in"} 22',
    'sapa_figures_total{verdict="ungrounded"} 1',
    'sapa_answer_corrections_total 1',
    'sapa_device_connected 0',
    'sapa_fonnte_sends_total{outcome="ok",reason="none"} 2',
    'sapa_fonnte_quota 998',
    'sapa_fonnte_package_days_left 1000',
    'sapa_alerts_total{kind="device-disconnected",state="firing"} 1',
    'sapa_inbox_pending 0',
    'sapa_breaker_state{upstream="gemini"} 0',
    'sapa_gemini_model_state{model="gemini-3.8-flash"} 0',
    'sapa_gemini_model_state{model="gemini-3.5-flash-lite"} 0',
    'sapa_sessions_active 1',
    'sapa_dead_letters 0',
    'sapa_turn_duration_seconds_count{outcome="answered"} 1',
    'sapa_webhook_duration_seconds_count{status="200"} 3',
  ]) {
    t.ok(text.split('\n').includes(line), line);
  }
  t.match(text, /^sapa_upstream_calls_total\{upstream="fonnte",operation="device",outcome="ok"\} 1$/m);
  t.match(text, /sapa_nodejs_eventloop_lag_seconds/);
  t.notMatch(text, /62812\d|Siti|Halo/);
});

t.test('a rejected send is counted by kind of reason, an interrupted one as a network error', async (t) => {
  const world = await startFakeUpstreams(t);
  const service = await startService(t, world);
  const send = () => service.app.fonnte.send({ target: LINKED, message: 'Halo' }).catch(() => undefined);
  await world.fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'insufficient quota' } });
  await send();
  await world.fonnte.setFault({ kind: 'truncated' });
  await send();
  const lines = (await read(service.url)).split('\n');
  t.ok(lines.includes('sapa_fonnte_sends_total{outcome="rejected",reason="quota"} 1'));
  t.ok(lines.includes('sapa_fonnte_sends_total{outcome="network",reason="none"} 1'));
});

t.test('metrics require an admin key', async (t) => {
  const world = await startFakeUpstreams(t);
  const service = await startService(t, world);
  t.equal((await fetch(`${service.url}/api/metrics`)).status, 401);
});

async function read(url: string): Promise<string> {
  const response = await fetch(`${url}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return response.text();
}
