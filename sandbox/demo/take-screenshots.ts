import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { openDemoEnvironment } from './environment.ts';
import { startInteractiveDemo } from './interactive.ts';
import { randomPort } from './ports.ts';
import { reducePngColors } from './reduce-png-colors.ts';

// Updates the screenshots of README.md: `node sandbox/demo/take-screenshots.ts`. They show real answers of the service.
const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const QUESTIONS = ['Halo', 'Berapa sisa anggaran saya?', '5 akun dengan serapan terendah'];
const SCREENSHOTS = [
  { file: 'demo-desktop.png', viewport: { width: 1280, height: 800 }, colorScheme: 'light', questions: QUESTIONS },
  { file: 'demo-phone.png', viewport: { width: 390, height: 844 }, colorScheme: 'dark', questions: QUESTIONS.slice(1) },
] as const;

mkdirSync(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run'],
});
for (const { file, questions, ...options } of SCREENSHOTS) {
  const environment = await openDemoEnvironment({ servicePort: randomPort() });
  await environment.service.start();
  const demo = await startInteractiveDemo(environment, { port: 0 });
  const page = await browser.newPage({ ...options, reducedMotion: 'reduce' });
  await page.goto(demo.url);
  for (const [index, question] of questions.entries()) await ask(page, question, index);
  await page
    .getByText('Giliran selesai')
    .nth(questions.length - 1)
    .waitFor({ state: 'attached' });
  writeFileSync(FOLDER + file, reducePngColors(await page.screenshot()));
  await demo.close();
  await environment.close();
}
await browser.close();

async function ask(page: Page, question: string, earlierAnswers: number): Promise<void> {
  await page.locator('#text').fill(question);
  await page.keyboard.press('Enter');
  await page.locator('.message.assistant').nth(earlierAnswers).waitFor();
}
