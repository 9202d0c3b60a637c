import t, { type Test } from 'tap';
import { createSwitches, SWITCHES, type SwitchName } from '../../sandbox/demo/switches.ts';
import { startFakeFonnte } from '../../sandbox/fonnte.ts';
import { startFakeGemini } from '../../sandbox/gemini.ts';
import { startFakeSupabase } from '../../sandbox/supabase.ts';

async function start(test: Test) {
  const [fonnte, gemini, supabase] = await Promise.all([startFakeFonnte(), startFakeGemini(), startFakeSupabase()]);
  test.teardown(() => Promise.all([fonnte.close(), gemini.close(), supabase.close()]));
  const device: string[] = [];
  const switches = createSwitches({ fonnte, gemini, supabase }, (status) => device.push(status));
  const form = async (path: string) => {
    const body = new URLSearchParams({ target: '6281200000001', message: 'halo', countryCode: '0' });
    const response = await fetch(fonnte.url + path, { method: 'POST', headers: { authorization: fonnte.token }, body });
    return (await response.json()) as { status: boolean; reason?: string };
  };
  const ask = async () => {
    const response = await fetch(`${gemini.url}/v1beta/models`, { headers: { 'x-goog-api-key': gemini.apiKey } });
    return response.status;
  };
  const read = () =>
    fetch(`${supabase.url}/rest/v1/users`, { headers: { apikey: supabase.serviceRoleKey } }).then(
      ({ status }) => status,
      () => 'refused',
    );
  return { switches, device, gemini, send: () => form('/send'), type: () => form('/typing'), ask, read };
}

t.test('the switch «Menolak» rejects sends, and only sends, with a temporary reason', async (t) => {
  const { switches, send, type } = await start(t);
  await switches.set('fonnte-rejects', true);
  t.match(await send(), { status: false, reason: 'server is busy, please try again' });
  t.match(await type(), { status: true });
  await switches.set('fonnte-rejects', false);
  t.match(await send(), { status: true });
});

t.test('the switch «Kuota habis» rejects sends', async (t) => {
  const { switches, send } = await start(t);
  await switches.set('fonnte-quota', true);
  t.match(await send(), { status: false, reason: 'insufficient quota' });
  await switches.set('fonnte-quota', false);
  t.match(await send(), { status: true });
});

t.test('the switch «Terputus» disconnects the device and reports it once', async (t) => {
  const { switches, send, device } = await start(t);
  await switches.set('fonnte-disconnected', true);
  await switches.set('fonnte-disconnected', true);
  t.match(await send(), { status: false, reason: 'request invalid on disconnected device' });
  await switches.set('fonnte-disconnected', false);
  t.match(await send(), { status: true });
  t.same(device, ['disconnect', 'connect']);
});

t.test('switches make Gemini fail and Supabase refuse connections', async (t) => {
  const { switches, ask, read } = await start(t);
  await switches.set('gemini-failing', true);
  await switches.set('supabase-down', true);
  t.equal(await ask(), 503);
  t.equal(await read(), 'refused');
  await switches.set('gemini-failing', false);
  await switches.set('supabase-down', false);
  t.equal(await ask(), 200);
  t.equal(await read(), 200);
});

t.test('the Gemini switch that remains on applies', async (t) => {
  const { switches, ask, gemini } = await start(t);
  const faults: unknown[] = [];
  const fault = gemini.setFault.bind(gemini);
  gemini.setFault = (kind, options) => {
    faults.push(kind?.kind);
    return fault(kind, options);
  };
  await switches.set('gemini-slow', true);
  await switches.set('gemini-failing', true);
  t.equal(await ask(), 503);
  await switches.set('gemini-failing', false);
  t.same(faults, ['slow', 'status', 'slow']);
});

t.test('every switch has a unique name, a label and a description', async (t) => {
  const names: SwitchName[] = SWITCHES.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  for (const { label, description } of SWITCHES) t.ok(label && description);
});
