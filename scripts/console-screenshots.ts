import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reducePngColors } from '../sandbox/demo/reduce-png-colors.ts';
import { launchBrowser } from '../test/sandbox/page-browser.ts';
import { startConsoleExample } from '../test/support/console-example.ts';
import { LINKED } from '../test/support/fake-upstreams.ts';

// Updates the screenshots of the console: `node scripts/console-screenshots.ts`. The history and the people are invented.
const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url));
const SCREENSHOTS = [
  { file: 'console-desktop.png', viewport: { width: 1280, height: 960 }, colorScheme: 'light', section: 'health' },
  { file: 'console-phone.png', viewport: { width: 390, height: 844 }, colorScheme: 'dark', section: 'speed' },
] as const;
/** Other users of the sandbox with a conversation. */
const OTHERS = ['6281200000004', '6281200000006'];

t.setTimeout(0);
const { service, upstreams, key } = await startConsoleExample(t);
for (const sender of OTHERS)
  await service.call(upstreams.fonnte.buildPayload({ sender, message: 'Apa kabar hari ini?' }));
await service.idle();
await service.app.inject({
  method: 'POST',
  url: `/api/conversations/${LINKED}/pause`,
  headers: { authorization: `Bearer ${key}` },
  payload: { minutes: 60 },
});
const browser = await launchBrowser();
for (const { file, section, ...options } of SCREENSHOTS) {
  const page = await browser.newPage({ ...options, reducedMotion: 'reduce' });
  await page.goto(`${service.url}/console`);
  await page.getByLabel('Kunci admin').fill(key);
  await page.keyboard.press('Enter');
  await page.locator('#feed li time').first().waitFor();
  await page.locator(`nav a[href="#${section}"]`).click();
  await page.locator(`nav a[href="#${section}"][aria-current]`).waitFor();
  writeFileSync(FOLDER + file, reducePngColors(await page.screenshot()));
}
await browser.close();
t.pass('the screenshots are written');
