import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchBrowser, noBrowser } from '../../sandbox/page-browser.ts';
import { type ConsoleExample, startConsoleExample } from '../../support/console-example.ts';
import { LINKED } from '../../support/fake-upstreams.ts';

/** A sample user of the sandbox. */
const THIRD_LINKED = '6281200000004';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const HOSTILE = '<img src=x onerror=alert(1)><b>tebal</b>';

if (noBrowser) {
  t.comment(`Page tests are skipped: ${noBrowser}.`);
  t.pass('skipped');
} else {
  const [browser, example] = await Promise.all([launchBrowser(), startConsoleExample(t)]);
  t.teardown(() => browser.close());
  runAll(browser, example);
}

function runAll(browser: Browser, { service, upstreams, key }: ConsoleExample): void {
  const admin = { authorization: `Bearer ${key}` };

  /** Opens the page, logged in unless `isLoggedIn` is false. `complaints` collects errors and requests to other hosts. */
  async function open(
    test: Test,
    { viewport = DESKTOP, colorScheme = 'light' as 'light' | 'dark', isLoggedIn = true } = {},
  ) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    test.teardown(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(service.url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(`${service.url}/console`);
    if (isLoggedIn) await login(page);
    return { page, complaints };
  }

  async function login(page: Page): Promise<void> {
    await page.getByLabel('Kunci admin').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('#feed li time').first().waitFor();
  }

  t.test('the key is asked once per tab, and stored nowhere else', async (t) => {
    const { page } = await open(t, { isLoggedIn: false });
    await page.getByLabel('Kunci admin').fill('kunci-yang-keliru-sekali');
    await page.getByRole('button', { name: 'Masuk' }).click();
    await page.getByText('Kunci tidak cocok').waitFor();
    t.equal(await page.evaluate('sessionStorage.length'), 0, 'a wrong key is not kept');
    await page.getByLabel('Kunci admin').fill(key);
    await page.keyboard.press('Enter');
    await page.getByText('Tersambung sebagai rina').waitFor();
    await page.reload();
    await page.getByText('Tersambung sebagai rina').waitFor();
    t.same(await page.evaluate('[Object.values(sessionStorage), localStorage.length, document.cookie]'), [
      [key],
      0,
      '',
    ]);
    const other = await page.context().newPage();
    await other.goto(`${service.url}/console`);
    await other.getByLabel('Kunci admin').waitFor();
    await page.getByRole('button', { name: 'Keluar' }).click();
    await page.getByLabel('Kunci admin').waitFor();
    t.equal(await page.evaluate('sessionStorage.length'), 0);
  });

  t.test(
    'the page answers in order: healthy, waiting, failed, fast, active; then sends and shows events',
    async (t) => {
      const { page, complaints } = await open(t);
      t.same(await page.locator('main h2').allInnerTexts(), [
        'Kesehatan',
        'Antrean',
        'Pesan gagal',
        'Kecepatan',
        'Percakapan aktif',
        'Kirim pesan',
        'Kejadian terakhir',
      ]);
      t.same(await page.locator('main .answer').allInnerTexts(), [
        'Layanan sehat.',
        'Tidak ada yang menunggu.',
        '1 pesan gagal menunggu ditangani.',
        'Balasan biasanya 3,3 detik; 95% di bawah 4,8 detik.',
        '1 percakapan aktif.',
      ]);
      t.equal(await page.locator('#components [data-ok="true"]').count(), 6);
      t.match(await page.locator('#components li').first().innerText(), /Penyimpanan\s+Baik\s+sejak \d\d\.\d\d/);
      t.equal(await page.locator('.chart svg .bar').count(), 60, 'one bar for each minute');
      await page.getByText('1 hari', { exact: true }).click();
      t.ok((await page.locator('.chart svg .bar').count()) > 60, 'one bar for each quarter with messages');
      await page.getByText('Angka sebagai tabel').click();
      t.equal(await page.locator('#speed-table tbody tr').count(), 96);
      await page.getByLabel('Petugas').check();
      const kinds = await page.locator('#feed .text').allInnerTexts();
      t.ok(kinds.length > 0 && kinds.every((text) => text.startsWith('rina ')));
      t.same(complaints, []);
    },
  );

  t.test('texts from outside stay text', async (t) => {
    const users = upstreams.supabase.tables.users as { phone_number: string; name: string; unit: string }[];
    const user = users.find(({ phone_number }) => phone_number === LINKED);
    const before = { ...user };
    Object.assign(user ?? {}, { name: HOSTILE, unit: HOSTILE });
    t.teardown(() => Object.assign(user ?? {}, before));
    await service.app.session.append(LINKED, [{ role: 'user', content: HOSTILE, timestamp: Date.now() }]);
    service.events.emit({ type: 'turn.retrying', upstream: HOSTILE, reason: HOSTILE, delayMs: 1000 });
    const body = { error: { code: 400, status: 'INVALID_ARGUMENT', message: HOSTILE } };
    await upstreams.gemini.setFault({ kind: 'status', status: 400, body });
    await service.call(upstreams.fonnte.buildPayload({ sender: THIRD_LINKED, message: 'Apa kabar dunia?' }));
    await service.waitForEvent('turn.dead-lettered', ({ upstream }) => upstream === 'gemini');
    await service.idle();
    await upstreams.gemini.clearFaults();
    t.teardown(() =>
      service.app.inject({ method: 'DELETE', url: `/api/conversations/${THIRD_LINKED}`, headers: admin }),
    );
    const { page, complaints } = await open(t);
    await page.locator('#letters .reason').getByText(HOSTILE).waitFor();
    await page.locator('#feed').getByText(HOSTILE).first().waitFor();
    await page.getByRole('button', { name: 'Buka 62812****0001' }).click();
    await page.locator('#detail summary').click();
    t.match(await page.locator('#detail .identity').innerText(), HOSTILE);
    t.equal(await page.locator('#detail .session').getByText(HOSTILE).count(), 1);
    t.equal(await page.locator('img:not([src="console/icon.svg"])').count(), 0);
    t.same(complaints, []);
  });

  t.test('a number is shown on request only, and the request is an event with the name of the admin', async (t) => {
    const { page } = await open(t);
    t.notMatch(await page.content(), LINKED);
    const before = service.occurrences.length;
    await page.getByRole('button', { name: 'Buka 62812****0001' }).press('Enter');
    await page.getByRole('heading', { name: '+62 812-0000-0001' }).waitFor();
    const shown = service.occurrences.slice(before).filter(({ type }) => type === 'admin.acted');
    t.match(shown, [{ name: 'rina', action: 'show', conversation: '62812****0001' }]);
    t.equal(shown.length, 1);
    await page.keyboard.press('Escape');
    await page.locator('#detail-title').waitFor({ state: 'detached' });
    t.notMatch(await page.content(), '0000-0001</h2>', 'a closed number leaves the page');
    await page.getByLabel('Buka satu nomor').fill('0812 0000 0099');
    await page.keyboard.press('Enter');
    await page.getByText('Nomor ini belum tertaut.').waitFor();
  });

  t.test('a conversation is paused, resumed and forgotten, and a message is sent, by keyboard', async (t) => {
    const { page, complaints } = await open(t);
    const press = (name: string, inside = '#detail') =>
      page.locator(inside).getByRole('button', { name, exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Buka 62812****0001' }).press('Enter');
    await press('Jeda');
    await page.getByLabel('Lamanya').selectOption('15');
    await press('Jeda', '#confirm');
    await page.locator('#detail').getByText('Dijeda sampai').waitFor();
    await page.locator('#conversation-list').getByText('dijeda sampai').waitFor();
    await press('Lanjutkan');
    await press('Lanjutkan', '#confirm');
    await page.locator('#detail').getByText('Dijeda sampai').waitFor({ state: 'detached' });
    await press('Kirim pesan');
    t.equal(await page.getByLabel('Nomor tujuan').inputValue(), LINKED);
    await page.keyboard.type('Pesan dari petugas');
    await press('Kirim', '#send');
    await page.getByText('Diterima FONNTE untuk +62 812-0000-0001.').waitFor();
    t.equal(upstreams.fonnte.sent.at(-1)?.message, 'Pesan dari petugas');
    await page.getByRole('button', { name: 'Buka 62812****0001' }).press('Enter');
    await press('Lupakan');
    await page.keyboard.press('Escape');
    t.ok(await page.locator('#detail').isVisible(), 'Escape closes the question only');
    await press('Lupakan');
    await press('Lupakan', '#confirm');
    await page.getByText('Data nomor itu sudah dihapus.').waitFor();
    await page.getByText('Tidak ada percakapan aktif.').waitFor();
    t.same(complaints, []);
  });

  t.test('a lost connection is shown and restored, and the open details are preserved', async (t) => {
    const { page } = await open(t);
    await page.locator('#letters summary').click();
    const replay = page.getByRole('button', { name: 'Putar ulang' });
    await replay.focus();
    await page.route('**/api/console/stream', (route) => route.abort());
    service.app.server.closeAllConnections();
    await page.locator('#lost').getByText('Sambungan terputus sejak').waitFor();
    await page.getByText('Tidak tersambung').waitFor();
    t.same(await seriousProblems(page), [], 'accessible without a connection');
    t.ok(await page.getByRole('button', { name: 'Coba sekarang' }).isEnabled());
    await page.unroute('**/api/console/stream');
    // The page may have connected by itself already, and then the button is hidden.
    await page.locator('#retry').dispatchEvent('click');
    await page.getByText('Tersambung sebagai rina').waitFor();
    t.notOk(await page.locator('#lost').isVisible());
    t.equal(await page.locator('#letters details[open]').count(), 1);
  });

  t.test('a change is displayed immediately and the focus does not move', async (t) => {
    const { page } = await open(t);
    const replay = page.getByRole('button', { name: 'Putar ulang' });
    await replay.focus();
    upstreams.fonnte.connected = false;
    t.teardown(() => {
      upstreams.fonnte.connected = true;
      return service.app.fonnte.checkDevices();
    });
    await service.app.fonnte.checkDevices();
    await page.locator('#health-answer').getByText('ada gangguan: Perangkat WhatsApp').waitFor();
    t.match(await page.locator('#announce').innerText(), 'ada gangguan');
    t.equal(await page.title(), '⚠ Konsol petugas');
    t.ok(await replay.evaluate((element) => element === element.ownerDocument.activeElement));
  });

  t.test('axe finds nothing serious, and nothing is wider than the screen: desktop, light', async (t) => {
    const { page } = await open(t, { isLoggedIn: false });
    t.same(await seriousProblems(page), [], 'login');
    await login(page);
    await page.getByText('Angka sebagai tabel').click();
    t.same(await seriousProblems(page), [], 'console');
    t.equal(await overflow(page), 0);
    await page.getByRole('button', { name: 'Buka percakapan' }).click();
    await page.locator('#detail .identity').waitFor();
    t.same(await seriousProblems(page), [], 'conversation');
  });

  t.test('axe finds nothing serious, and nothing is wider than the screen: phone, dark', async (t) => {
    const { page } = await open(t, { viewport: PHONE, colorScheme: 'dark' });
    t.same(await seriousProblems(page), [], 'console');
    await page.getByText('Angka sebagai tabel').click();
    t.equal(await overflow(page), 0);
    await page.getByRole('button', { name: 'Buka percakapan' }).click();
    await page.getByRole('button', { name: 'Jeda' }).click();
    t.same(await seriousProblems(page), [], 'question');
  });

  t.test('a dead letter shows its question on request, and is replayed or discarded', async (t) => {
    const { page, complaints } = await open(t);
    await page.getByRole('button', { name: 'Tampilkan pertanyaan' }).press('Enter');
    await page.locator('blockquote').getByText('Bagaimana kegiatan minggu ini?').waitFor();
    await page.getByRole('button', { name: 'Buang' }).press('Enter');
    await page.keyboard.press('Escape');
    t.equal(await page.locator('#letters li[data-id]').count(), 1, 'Escape discards nothing');
    await page.getByRole('button', { name: 'Putar ulang' }).press('Enter');
    await page.getByText('Tidak ada pesan gagal.').waitFor();
    await upstreams.fonnte.waitForSent(({ target }) => target === '6281200000002');
    t.same(complaints, []);
  });
}

/** By how many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Runs in the page, so that only the findings are transferred. */
const FIND_SERIOUS_PROBLEMS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 120))))`;

/** The serious and critical findings of axe. */
async function seriousProblems(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  return page.evaluate(FIND_SERIOUS_PROBLEMS);
}
