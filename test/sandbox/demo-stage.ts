import type { Test } from 'tap';
import { anyPort } from '../../sandbox/demo/ports.ts';
import { openShow, type Show } from '../../sandbox/demo/show.ts';
import { openWorld, type World } from '../../sandbox/demo/world.ts';

/** An event of the page's stream. */
export interface Told {
  event: string;
  data: Record<string, unknown>;
}

/** How long a test waits for what must come, ms: far more than it takes. */
const PATIENCE_MS = 15_000;

/** A show over the fake service, which runs unless told otherwise; everything ends with the test. */
export async function stage(test: Test, { flaw = '', repeatEveryMs = 20, geminiKey = '', running = true } = {}) {
  const settings = { FAKE_FLAW: flaw };
  const entry = 'test/sandbox/demo-fake-service.ts';
  const world = await openWorld({ servicePort: anyPort(), entry, settings, geminiKey });
  const show = await openShow(world, { port: 0, repeatEveryMs });
  test.teardown(async () => {
    await show.close();
    await world.close();
  });
  if (running) await world.service.start();
  return { world, show, ...visit(test, show) };
}

/** The page's own calls: its stream, and its buttons. */
function visit(test: Test, show: Show) {
  const leaving = new AbortController();
  test.teardown(() => leaving.abort());

  async function post(path: string, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${show.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Opens the stream; `until` resolves to the first event, past or to come, that fits. */
  async function listen() {
    const response = await fetch(`${show.url}/api/stream`, { signal: leaving.signal });
    const heard: Told[] = [];
    const waiting = new Set<() => void>();
    void read(response, (told) => {
      heard.push(told);
      for (const look of waiting) look();
    }).catch(() => undefined);
    const until = (event: string, fits: (data: Record<string, unknown>) => boolean = () => true) => {
      const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
      const look = () => {
        const found = heard.find((told) => told.event === event && fits(told.data));
        if (found) resolve(found.data);
      };
      waiting.add(look);
      look();
      const timer = setTimeout(() => reject(new Error(`no ${event} that fits`)), PATIENCE_MS);
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    };
    return { heard, until, titled: (title: string) => until('happening', (data) => data.title === title) };
  }

  return { post, listen };
}

async function read(response: Response, told: (told: Told) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(block) ?? [];
      if (event && data) told({ event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}

/** What the fake service says that it was given. */
export function environmentOf(world: World): Promise<Record<string, string>> {
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>();
  const off = world.service.onLine(({ event, environment }) => {
    if (event === 'fake.started') resolve(environment as Record<string, string>);
  });
  return promise.finally(off);
}
