import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { reducePngColors } from '../../sandbox/demo/reduce-png-colors.ts';
import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import { drawPng } from '../../src/charts/draw.ts';
import { buildMultipart } from '../../src/fonnte/multipart.ts';
import type { FileBytes } from '../../src/types.ts';
import { startDemo } from './demo-fixture.ts';
import { launchBrowser, noBrowser } from './page-browser.ts';
import * as looks from './page-looks.js';

const SITI = '6281200000001';
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** The first state of a page without events. */
const EMPTY_STATE = {
  people: [{ phone: SITI, name: 'Siti Rahmawati', unit: '', remark: '', masked: '' }],
  switches: [],
  bubbles: [],
  events: [],
  typing: [],
  services: [{ name: 'Layanan', state: 'running', pid: 1, health: 'healthy', accepted: 0, answered: 0 }],
  answeredBy: 'fake',
  repeats: { times: 15, everySeconds: 5 },
};

if (noBrowser) {
  t.comment(`Page tests are skipped: ${noBrowser}.`);
  t.pass('skipped');
} else {
  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  t.jobs = 2;
  runAll(browser);
}

function runAll(browser: Browser): void {
  /** Opens the page, with a fake service if `running`. `complaints` collects errors and requests to other hosts. */
  async function open(test: Test, { viewport = DESKTOP, running = false, geminiKey = '' } = {}) {
    const { environment, demo } = await startDemo(test, { running, geminiKey });
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    test.teardown(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(demo.url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(demo.url);
    await page.locator('#people-list button').first().waitFor({ state: 'attached' });
    return { page, environment, demo, complaints };
  }

  t.test('a message can be written and sent by keyboard only', async (t) => {
    const { page, complaints } = await open(t, { running: true });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    t.equal(await focused(page), 'text', 'the first link focuses the message input');
    await page.keyboard.type('Halo');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('dua baris');
    await page.keyboard.press('Enter');
    t.equal(await page.locator('.message.person .text').innerHTML(), '<p>Halo</p><p>dua baris</p>');
    await page.locator('.message.assistant').waitFor();
    await page.locator('.tick.taken').waitFor();
    t.equal(await focused(page), 'text', 'the input keeps the focus');
    t.match(await page.locator('.message.person time').innerText(), /^\d\d\.\d\d$/);
    t.same(complaints, []);
  });

  t.test('Alt with the arrow keys selects the next and the previous phone', async (t) => {
    const { page } = await open(t);
    await page.keyboard.press('Alt+ArrowDown');
    t.equal(await page.locator('#chat-name').innerText(), 'Bagas Prakoso');
    await page.keyboard.press('Alt+ArrowUp');
    await page.keyboard.press('Alt+ArrowUp');
    t.equal(await page.locator('#chat-name').innerText(), 'Nomor asing');
    t.equal(await page.locator('#people-list [aria-current] b').innerText(), 'Nomor asing');
  });

  t.test('a reply has the formatting of WhatsApp, and HTML in it remains text', async (t) => {
    const { page, environment, complaints } = await open(t);
    await send(
      environment.fonnte,
      '*tebal _miring_* ~coret~ `kode`\n- satu\n- dua\n3. tiga\n> kutipan\n```\nkolom  a\n```\nhttps://contoh.invalid/x <img src=x onerror=alert(1)>',
    );
    const text = page.locator('.message.assistant .text');
    await text.waitFor();
    t.equal(
      await text.innerHTML(),
      '<p><strong>tebal <em>miring</em></strong> <s>coret</s> <code>kode</code></p>' +
        '<ul><li>satu</li><li>dua</li></ul><ol><li value="3">tiga</li></ol><blockquote><p>kutipan</p></blockquote>' +
        '<pre>kolom  a</pre><p><a href="https://contoh.invalid/x" target="_blank" rel="noopener noreferrer">' +
        'https://contoh.invalid/x</a> &lt;img src=x onerror=alert(1)&gt;</p>',
    );
    t.same(complaints, []);
  });

  t.test('the typing indicator is shown until the message arrives', async (t) => {
    const { page, environment } = await open(t);
    await call(environment.fonnte, '/typing', { target: SITI, duration: '60' });
    const dots = page.locator('.typing');
    await dots.waitFor();
    t.match(await dots.innerText(), 'SAPA sedang mengetik');
    await send(environment.fonnte, 'Ini jawabannya');
    await dots.waitFor({ state: 'hidden' });
  });

  t.test('a reply shows the quoted message, and a click scrolls to it', async (t) => {
    const { page, environment } = await open(t, { running: true });
    await write(page, 'Yang pertama');
    await page.locator('.message.assistant').waitFor();
    const inboxid = await page.locator('.message.person').getAttribute('data-inboxid');
    await send(environment.fonnte, Array.from({ length: 60 }, (_, index) => `Baris ${index}`).join('\n'));
    await send(environment.fonnte, 'Tentang itu', { inboxid: inboxid ?? '' });
    const quote = page.locator('.quote');
    t.match(await quote.innerText(), /Siti Rahmawati\s+Yang pertama/);
    await page.locator('.more').click();
    await page.evaluate(looks.scrollToEnd);
    const first = page.locator('.message.person').first();
    t.notOk(await first.evaluate(looks.isInView));
    await quote.click();
    await t.resolves(first.evaluate(looks.comesIntoView));
  });

  t.test('parts are shown below each other, and long parts are collapsed', async (t) => {
    const { page, environment } = await open(t);
    for (const part of [1, 2, 3]) await send(environment.fonnte, `(${part}/3)\n${'Kalimat yang panjang. '.repeat(80)}`);
    await page.locator('.message.assistant >> nth=2').waitFor();
    t.equal(await page.locator('.message.first').count(), 1, 'only the first part has a tail');
    const last = page.locator('.message.assistant').last();
    const before = (await last.boundingBox())?.height ?? 0;
    await last.getByRole('button', { name: 'Baca selengkapnya' }).click();
    t.ok(((await last.boundingBox())?.height ?? 0) > before);
  });

  t.test('a refused message shows all responses of the webhook', async (t) => {
    const { page } = await open(t, { running: true });
    await page.getByRole('button', { name: /Nomor asing/ }).click();
    await write(page, 'Halo');
    await page.getByText('Webhook: 403 NOT_LINKED → 200 duplicate').waitFor();
    await page.locator('.events').getByText('Webhook menjawab 403 NOT_LINKED').waitFor();
    t.match(await page.locator('.note').innerText(), 'tidak terhubung dengan SAPA');
  });

  t.test('buttons kill and start the service, and the page shows its status', async (t) => {
    const { page } = await open(t, { running: true });
    const state = page.getByRole('status');
    await state.getByText('sehat').waitFor();
    await page.getByRole('button', { name: 'kill -9' }).press('Enter');
    await state.getByText('Layanan mati').waitFor();
    await page.getByRole('button', { name: 'Hidupkan' }).press('Enter');
    await state.getByText('sehat').waitFor();
    t.equal(await focused(page), 'kill');
  });

  t.test('a switch can be set by keyboard and changes on every open page', async (t) => {
    const { page, demo, environment } = await open(t);
    const other = await page.context().newPage();
    await other.goto(demo.url);
    const slow = page.getByRole('switch', { name: /Menolak/ });
    await slow.focus();
    await page.keyboard.press('Space');
    await other.locator('input:checked').waitFor({ state: 'attached' });
    t.ok(await other.getByRole('switch', { name: /Menolak/ }).isChecked());
    t.match(await send(environment.fonnte, 'x'), { status: false });
  });

  t.test('the menu sends photo, voice and location, and Escape closes it', async (t) => {
    const { page } = await open(t);
    const plus = page.getByRole('button', { name: 'Kirim lampiran' });
    await plus.click();
    await page.keyboard.press('Escape');
    t.equal(await plus.getAttribute('aria-expanded'), 'false');
    for (const name of ['Foto', 'Pesan suara', 'Lokasi']) {
      await plus.click();
      await page.getByRole('button', { name }).click();
      await page.locator('.attachment').getByText(name).waitFor();
    }
    t.match(await page.locator('.message.person').last().innerText(), '-6.2607,106.8134');
  });

  t.test('a picture is a thumbnail with its caption that opens in full size, another file is a card', async (t) => {
    const picture = Buffer.from(
      drawPng({
        kind: 'bars',
        report: { type: 'SP2D', date: '2026-10-31' },
        scope: '',
        noun: 'akun',
        total: 12,
        measure: 'realisasi',
        rows: Array.from({ length: 12 }, (_, index) => ({ name: `52121${index} Belanja`, value: 9e8 / (index + 1) })),
      }),
    );
    const sheet = Buffer.alloc(24_300, 1);
    for (const [name, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      const { page, environment, complaints } = await open(t, { viewport });
      await sendFile(environment.fonnte, '*Realisasi per akun*', {
        name: 'grafik.png',
        mediaType: 'image/png',
        data: picture,
      });
      await sendFile(environment.fonnte, '*12 akun* dalam Excel', {
        name: 'akun.xlsx',
        mediaType: 'application/x-test',
        data: sheet,
      });
      const message = page.locator('.message.assistant').first();
      const thumbnail = message.getByRole('button', { name: 'Buka gambar grafik.png' });
      await page.waitForFunction(looks.arePicturesLoaded);
      t.equal(await message.locator('strong').innerText(), 'Realisasi per akun', 'the caption is formatted');
      const { width = 0, height = 0 } = (await thumbnail.boundingBox()) ?? {};
      t.ok(width <= 344 && height <= 380, `${name}: ${width} × ${height}`);
      const card = page.locator('.file');
      t.match(await card.innerText(), /XLSX\s+akun\.xlsx\s+XLSX · 24 kB/);
      const saved = page.waitForEvent('download');
      await card.click();
      t.same(readFileSync(await (await saved).path()), sheet);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        t.same(await page.evaluate(looks.hardToRead), [], `${name}, ${colorScheme}`);
      }
      t.same(await page.evaluate(looks.overflowing), []);
      t.same(await page.evaluate(looks.nameless), []);
      await thumbnail.press('Enter');
      const viewer = page.getByRole('dialog', { name: 'grafik.png' });
      t.ok(await viewer.getByRole('img').isVisible());
      await page.keyboard.press('Escape');
      await viewer.waitFor({ state: 'detached' });
      t.same(complaints, []);
    }
  });

  t.test('messages to another user are counted next to the name', async (t) => {
    const { page, environment } = await open(t, { viewport: PHONE });
    await send(environment.fonnte, 'Untuk Bagas', { target: '6281200000002' });
    await page.locator('#people-badge').getByText('1').waitFor();
    await page.getByRole('button', { name: /^Orang/ }).click();
    await page.getByRole('button', { name: /Bagas Prakoso.*1 pesan baru/ }).click();
    await page.getByText('Untuk Bagas').waitFor();
    t.notOk(await page.locator('#people-badge').isVisible());
  });

  t.test('the side panel shows the path of a message with relative times, and details on request', async (t) => {
    const { page } = await open(t, { running: true });
    await write(page, 'Halo');
    const panel = page.locator('.events');
    await panel.getByText('Webhook menjawab 200 accepted').waitFor();
    await panel.getByText('FONNTE menerima kiriman').waitFor();
    const rows = panel.locator('li');
    t.match(
      await rows.filter({ hasText: 'Model ditanya' }).innerText(),
      /Gemini · gemini-3.8-flash[\s\S]*\+\d+,\d\d s/,
    );
    t.notOk(await panel.getByText('POST /typing').isVisible());
    await panel.getByLabel('rinci').check();
    await panel.getByText('POST /typing').waitFor();
    await page.getByRole('button', { name: /Bagas/ }).click();
    t.notOk(await panel.getByText('Model ditanya').isVisible());
    await panel.getByLabel('semua orang').check();
    await panel.getByText('Model ditanya').waitFor();
  });

  t.test('a late event is inserted at its time', async (t) => {
    const { page } = await open(t);
    const defaults = { source: 'demo', tone: 'plain', detail: '', phone: null, startsMessage: false, isDetail: false };
    const events = [
      ['timeline-event', { ...defaults, id: 1, at: 3000, title: 'ketiga' }],
      ['timeline-event', { ...defaults, id: 2, at: 1000, title: 'pertama' }],
      ['timeline-event', { ...defaults, id: 3, at: 2000, title: 'kedua' }],
    ] as const;
    const body = ['retry: 600000', 'event: state', `data: ${JSON.stringify(EMPTY_STATE)}`, ''].join('\n');
    const late = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    await page.route('**/api/stream', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `${body}\n${late}` }),
    );
    await page.reload();
    await page.getByText('kedua').waitFor();
    t.same(await page.locator('#timeline b').allInnerTexts(), ['pertama', 'kedua', 'ketiga']);
  });

  t.test('the page names the model in use', async (t) => {
    const { page } = await open(t);
    t.match(await page.locator('#model').innerText(), 'model tiruan');
    t.match(await page.locator('.note').innerText(), 'model tiruan berbasis aturan, bukan Gemini');
  });

  t.test('the page names the real Gemini', async (t) => {
    const { page } = await open(t, { geminiKey: 'kunci' });
    t.equal(await page.locator('#model').innerText(), 'Gemini asli');
    t.match(await page.locator('.note').innerText(), 'Gemini asli');
    t.ok(await page.getByRole('switch', { name: 'Lambat' }).isDisabled(), 'its switches are disabled');
  });

  t.test('a screenshot keeps its colors in fewer bytes', async (t) => {
    const { page } = await open(t);
    await page.locator('#text').fill('Halo');
    const picture = await page.screenshot();
    const small = reducePngColors(picture);
    t.ok(small.length < picture.length / 2, `${small.length} of ${picture.length} bytes`);
    const worst = await page.evaluate(
      looks.difference,
      [picture, small].map((png) => png.toString('base64')),
    );
    t.ok(worst <= 32, `no color differs by more than ${worst} of 255`);
  });

  t.test('after the end of the demo the page explains how to start it again', async (t) => {
    const { page, demo } = await open(t);
    await demo.close();
    await page.getByText('Demo tidak berjalan').waitFor();
    await page.locator('#text').fill('x');
    await page.keyboard.press('Enter');
    await page.getByText('Demo tidak menjawab').waitFor();
    t.equal(await page.locator('#text').inputValue(), 'x', 'the text is not lost');
  });

  t.test(
    'at every size, light and dark, nothing overflows, all text is readable, every control has a name',
    async (t) => {
      const { page, environment } = await open(t, { running: true });
      await write(page, 'Halo, https://contoh.invalid/yang-panjang-sekali-sampai-tidak-muat-di-satu-baris');
      await send(environment.fonnte, `*Sisa* _anggaran_ \`kode\`\n> kutipan\n\`\`\`${'x'.repeat(90)}\`\`\``);
      await page.locator('.message.assistant >> nth=1').waitFor();
      for (const viewport of [DESKTOP, { width: 1000, height: 700 }, PHONE, { width: 320, height: 568 }]) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          for (const view of ['people', 'events', 'faults', 'chat']) {
            const tab = page.locator(`.tabs [data-show=${view}]`);
            if (await tab.isVisible()) await tab.click();
            const at = `${viewport.width}x${viewport.height}, ${colorScheme}, ${view}`;
            t.same(await page.evaluate(looks.overflowing), [], `${at}: nothing overflows`);
            t.same(await page.evaluate(looks.hardToRead), [], `${at}: contrast of at least 4.5`);
            t.same(await page.evaluate(looks.nameless), [], `${at}: every control has a name`);
          }
        }
      }
    },
  );
}

const focused = (page: Page) => page.evaluate(looks.focusedId);

async function write(page: Page, text: string): Promise<void> {
  await page.locator('#text').fill(text);
  await page.keyboard.press('Enter');
}

async function call(fonnte: FakeFonnte, path: string, fields: Record<string, string>): Promise<unknown> {
  const body = new URLSearchParams({ countryCode: '0', ...fields });
  const response = await fetch(fonnte.url + path, { method: 'POST', headers: { authorization: fonnte.token }, body });
  return response.json();
}

/** Sends a message as the service does. */
function send(fonnte: FakeFonnte, message: string, fields: Record<string, string> = {}): Promise<unknown> {
  return call(fonnte, '/send', { target: SITI, message, ...fields });
}

/** Sends a file as the service does. */
async function sendFile(
  fonnte: FakeFonnte,
  message: string,
  file: { name: string; mediaType: string; data: Buffer },
): Promise<void> {
  const fields = { target: SITI, message, countryCode: '0', filename: file.name };
  const { body, contentType } = buildMultipart(fields, { field: 'file', ...file, data: file.data as FileBytes });
  const headers = { authorization: fonnte.token, 'content-type': contentType };
  await fetch(`${fonnte.url}/send`, { method: 'POST', headers, body: new Uint8Array(body) });
}
