import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { anyPort } from './ports.ts';
import { openShow } from './show.ts';
import { shrinkPng } from './small-png.ts';
import { openWorld } from './world.ts';

// Takes the README's pictures anew: `node sandbox/demo/pictures.ts`. Nothing in them is arranged: the service answers.
const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const QUESTIONS = ['Halo', 'Berapa sisa anggaran saya?', '5 akun dengan serapan terendah'];
const PICTURES = [
  { file: 'demo-desktop.png', viewport: { width: 1280, height: 800 }, colorScheme: 'light', questions: QUESTIONS },
  { file: 'demo-phone.png', viewport: { width: 390, height: 844 }, colorScheme: 'dark', questions: QUESTIONS.slice(1) },
] as const;

mkdirSync(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run'],
});
for (const { file, questions, ...look } of PICTURES) {
  const world = await openWorld({ servicePort: anyPort() });
  await world.service.start();
  const show = await openShow(world, { port: 0 });
  const page = await browser.newPage({ ...look, reducedMotion: 'reduce' });
  await page.goto(show.url);
  for (const [index, question] of questions.entries()) await ask(page, question, index);
  await page
    .getByText('Giliran selesai')
    .nth(questions.length - 1)
    .waitFor({ state: 'attached' });
  writeFileSync(FOLDER + file, shrinkPng(await page.screenshot()));
  await show.close();
  await world.close();
}
await browser.close();

async function ask(page: Page, question: string, answersBefore: number): Promise<void> {
  await page.locator('#text').fill(question);
  await page.keyboard.press('Enter');
  await page.locator('.message.assistant').nth(answersBefore).waitFor();
}
