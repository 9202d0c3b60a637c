import t, { type Test } from 'tap';
import { LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { ADMIN_KEY, type Service, startService } from '../support/service.ts';

/** UNLINKED as people paste it: each form reaches the service over HTTP or in its configuration. */
const FORMS = {
  'format characters': '\u202a+62\u00a0812\u20110000\u20110099\u202c\u200b',
  'a leading apostrophe': "'081200000099",
  'a typographic apostrophe': '\u2019081200000099',
  'a spreadsheet decimal': '6281200000099.0',
  'a trunk zero in parentheses': '+62 (0)812-0000-0099',
  'a trunk zero after the country code': '+62 0812 0000 0099',
  'the international prefix': '0062 812 0000 0099',
  'a link': 'tel:+62-812-0000-0099',
  'full-width digits': '０８１２００００００９９',
  'a full-width number with signs': '＋６２（０）８１２－００００－００９９',
  'minus signs': '0812\u22120000\u22120099',
  'no prefix': '812.0000.0099',
};

t.test('a SAPA account with its number in any of these forms is found by the webhook', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const { users } = upstreams.supabase.tables;
  const sample = users.find(({ phone_number }) => phone_number === LINKED);
  if (!sample) throw new Error('the sample user is missing');
  const row = { ...sample, id: 'aaaaaaaa-0000-4000-8000-000000000099', phone_number: '' };
  users.push(row);
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  for (const [what, form] of Object.entries(FORMS)) {
    const service = await startService(t, upstreams);
    row.phone_number = form;
    const { status } = await service.call(upstreams.fonnte.buildPayload({ sender: UNLINKED, message: `Halo ${what}` }));
    t.equal(status, 200, what);
    await service.waitForEvent('turn.finished', ({ outcome }) => outcome === 'answered');
    await service.close();
  }
  t.equal(upstreams.fonnte.sent.filter(({ target }) => target === UNLINKED).length, Object.keys(FORMS).length);
});

t.test('a path of an admin route takes each form, however it is encoded', async (t) => {
  const service = await startService(t, await startFakeUpstreams(t));
  const encodings = { encodeURIComponent, encodeURI, encodeEveryByte };
  for (const [what, form] of Object.entries(FORMS)) {
    for (const [encoding, encode] of Object.entries(encodings)) {
      const response = await callAdmin(service, 'GET', `/api/conversations/${encode(form)}`);
      t.match([response.status, await response.json()], [200, { phone: UNLINKED }], `${what}, ${encoding}`);
    }
    const deleted = await callAdmin(service, 'DELETE', `/api/conversations/${encodeURIComponent(form)}`);
    t.equal(deleted.status, 204, what);
  }
});

t.test('alerts are sent to targets in each form', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  await upstreams.fonnte.setFault(
    { kind: 'reject', body: { status: true, quota: '5', device_status: 'connect' } },
    isDeviceCall,
  );
  for (const [what, form] of Object.entries(FORMS)) {
    const service = await startService(t, upstreams, {
      ALERT_TARGETS: `6281200000098, ${form}`,
      QUOTA_ALERT_BELOW: 100,
    });
    await service.app.alerts.check();
    t.ok(
      upstreams.fonnte.sent.some(({ target }) => target === UNLINKED),
      what,
    );
    upstreams.fonnte.sent.length = 0;
    await service.close();
  }
});

t.test('FONNTE_DEVICES lists our devices in each form', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  for (const [what, form] of Object.entries(FORMS)) {
    const service = await startService(t, upstreams, { FONNTE_DEVICES: form, COALESCE_WINDOW_MS: 10_000 });
    await callFrom(t, service, UNLINKED, 'accepted', what);
    await callFrom(t, service, '6281200000098', 'ignored', `${what}, another device`);
    await service.close();
  }

  async function callFrom(t: Test, service: Service, device: string, status: string, what: string) {
    const { body } = await service.call(
      upstreams.fonnte.buildPayload({ sender: LINKED, device, message: `Halo ${what}` }),
    );
    t.match(body, { status }, what);
  }
});

const isDeviceCall = { match: ({ path }: { path: string }) => path === '/device' };

function callAdmin(service: Service, method: string, path: string): Promise<Response> {
  return fetch(service.url + path, { method, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
}

function encodeEveryByte(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
