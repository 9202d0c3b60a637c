import t from 'tap';
import { senderOf } from '../../src/conversation-key.ts';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { startOperator } from '../support/operator.ts';
import { ADMIN_KEY, startService } from '../support/service.ts';

t.test('metrics count events by outcome and contain no phone number', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const expired = new Date(Date.now() + 1000.5 * 86_400_000).toISOString();
  Object.assign(upstreams.fonnte, { quota: 1000, expired });
  const { url: ALERT_WEBHOOK_URL } = await startOperator(t);
  const service = await startService(t, upstreams, { ALERT_WEBHOOK_URL });
  upstreams.gemini.scriptResponses(() => ({
    text: 'Ada 77 kegiatan.',
    usage: { promptTokenCount: 11, candidatesTokenCount: 5, totalTokenCount: 16, cachedContentTokenCount: 4 },
  }));
  const payload = upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' });
  await service.call(payload);
  await service.call(payload);
  await service.waitForEvent('turn.finished');
  await service.call(upstreams.fonnte.buildPayload({ sender: UNLINKED, message: 'Halo' }));
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
    'sapa_gemini_tokens_total{kind="in"} 14',
    'sapa_gemini_tokens_total{kind="cached"} 8',
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
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const send = () =>
    service.app.fonnte.devices[0].send({ target: senderOf(LINKED), message: 'Halo' }).catch(() => undefined);
  await upstreams.fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'insufficient quota' } });
  await send();
  await upstreams.fonnte.setFault({ kind: 'truncated' });
  await send();
  const lines = (await read(service.url)).split('\n');
  t.ok(lines.includes('sapa_fonnte_sends_total{outcome="rejected",reason="quota"} 1'));
  t.ok(lines.includes('sapa_fonnte_sends_total{outcome="network",reason="none"} 1'));
});

t.test('before any event, every counter with known label values is 0 and every histogram is empty', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const given = { GEMINI_MODEL: 'model-satu', GEMINI_FALLBACK_MODELS: 'model-dua' };
  const lines = new Set((await read((await startService(t, upstreams, given)).url)).split('\n'));
  for (const series of [
    'messages_total{outcome="accepted"}',
    'messages_total{outcome="duplicate"}',
    'messages_total{outcome="INBOX_UNAVAILABLE"}',
    'webhook_ignored_total{reason="stale"}',
    'auth_failures_total{code="FORBIDDEN_ADDRESS"}',
    'turns_dead_lettered_total{upstream="service",has_reply="false"}',
    'turn_retries_total{upstream="supabase"}',
    'turns_dropped_total{reason="owner-changed"}',
    'turn_failures_total',
    'gemini_calls_total{model="model-satu",outcome="ok"}',
    'gemini_calls_total{model="model-dua",outcome="timeout"}',
    'gemini_calls_total{model="gemini-3.5-flash-lite",outcome="breaker-open"}',
    'gemini_tokens_total{kind="cached"}',
    'gemini_tokens_total{kind="thought"}',
    'upstream_calls_total{upstream="supabase",operation="report",outcome="rejected"}',
    'upstream_calls_total{upstream="gemini",operation="generate",outcome="ok"}',
    'upstream_calls_total{upstream="fonnte",operation="device",outcome="network"}',
    'fonnte_parts_total{outcome="uncertain"}',
    'fonnte_sends_total{outcome="ok",reason="none"}',
    'fonnte_sends_total{outcome="rejected",reason="disconnected"}',
    'fonnte_sends_total{outcome="rejected",reason="token"}',
    'fonnte_sends_total{outcome="rejected",reason="not-json"}',
    'figures_total{verdict="ungrounded"}',
    'answer_corrections_total',
    'answers_rule_based_total{reason="no-model",intent="budget-summary"}',
    'tool_calls_total{tool="budget_summary",ok="false"}',
    'rows_skipped_total{table="allocations"}',
    'store_failures_total{code="full"}',
    'alerts_total{kind="device-disconnected",state="firing"}',
    'alert_failures_total{channel="whatsapp"}',
    'notices_suppressed_total{notice="not-linked"}',
    'webhook_duration_seconds_count{status="503"}',
    'turn_duration_seconds_count{outcome="answered"}',
    'upstream_call_duration_seconds_count{upstream="gemini"}',
  ])
    t.ok(lines.has(`sapa_${series} 0`), series);
  t.notOk([...lines].some((line) => line.startsWith('sapa_fonnte_sends_total{outcome="ok",reason="token"}')));
});

t.test('events add no series to counters with known label values', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const { url: ALERT_WEBHOOK_URL } = await startOperator(t);
  const service = await startService(t, upstreams, { ALERT_WEBHOOK_URL, ALERT_TARGETS: '6281200000090' });
  const readSeries = async () =>
    new Set(
      (await read(service.url))
        .split('\n')
        .filter((line) => /^sapa_\w+(_total|_count)[ {]/.test(line) && !line.startsWith('sapa_nodejs'))
        .map((line) => line.slice(0, line.lastIndexOf(' '))),
    );
  const before = await readSeries();
  upstreams.gemini.scriptResponses((request) =>
    request.contents.length === 1
      ? {
          functionCalls: [
            { name: 'budget_summary', args: {} },
            { name: 'search_activities', args: {} },
          ],
        }
      : { text: 'Ada 77 kegiatan.' },
  );
  const ask = (sender: string, message: string) => service.call(upstreams.fonnte.buildPayload({ sender, message }));
  await ask(LINKED, 'Halo');
  await service.waitForEvent('turn.finished', ({ outcome }) => outcome === 'answered');
  await upstreams.gemini.setFault({ kind: 'status', status: 400 });
  await ask(LINKED, 'Bagaimana cuaca?');
  await service.waitForEvent('turn.dead-lettered');
  await ask(LINKED, 'Berapa sisa anggaran saya?');
  await service.waitForEvent('answer.rule-based');
  await ask(UNLINKED, 'Halo');
  await ask(LINKED, 'a'.repeat(1001));
  await service.call({ device: '6281100000000', status: 'disconnect' });
  await service.call({ x: 1 });
  await service.call({ x: 1 }, { secret: 'salah' });
  for (const fault of [
    { status: false, reason: 'insufficient quota' },
    { status: false, reason: 'x' },
  ]) {
    await upstreams.fonnte.setFault({ kind: 'reject', body: fault }, { times: 1 });
    await service.app.fonnte.devices[0].send({ target: senderOf(LINKED), message: 'Halo' }).catch(() => undefined);
  }
  await upstreams.supabase.setFault({ kind: 'refuse' });
  await ask('6281200000002', 'Halo');
  await service.waitForEvent('turn.retrying');
  await upstreams.supabase.clearFaults();
  await service.app.alerts.check();
  await service.idle();
  const added = [...(await readSeries())].filter((series) => !before.has(series));
  // The statuses and finish reasons of Google are an open set.
  t.same(
    added.filter((series) => !series.startsWith('sapa_gemini_calls_total')),
    [],
  );
});

t.test('metrics require an admin key', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  t.equal((await fetch(`${service.url}/api/metrics`)).status, 401);
});

async function read(url: string): Promise<string> {
  const response = await fetch(`${url}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return response.text();
}
