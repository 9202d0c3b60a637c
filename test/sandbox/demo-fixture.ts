import type { Test } from 'tap';
import { type DemoEnvironment, openDemoEnvironment } from '../../sandbox/demo/environment.ts';
import { type InteractiveDemo, startInteractiveDemo } from '../../sandbox/demo/interactive.ts';
import { randomPort } from '../../sandbox/demo/ports.ts';

/** An event of the page's event stream. */
export interface StreamEvent {
  event: string;
  data: Record<string, unknown>;
}

/** Far longer than any event takes, ms. */
const MAX_WAIT_MS = 15_000;

/** Starts the interactive demo with a fake service and stops it with the test. */
export async function startDemo(
  test: Test,
  { flaw = '', repeatEveryMs = 20, geminiKey = '', running = true, instances = 1 } = {},
) {
  const settings = { FAKE_FLAW: flaw };
  const entry = 'test/sandbox/demo-fake-service.ts';
  const database = {
    variables: { DATABASE_URL: '', DATABASE_SCHEMA: '' },
    description: '',
    close: async () => undefined,
  };
  const cluster = instances > 1 ? { instances, database } : undefined;
  const environment = await openDemoEnvironment({ servicePort: randomPort(), entry, settings, geminiKey, cluster });
  const demo = await startInteractiveDemo(environment, { port: 0, repeatEveryMs });
  test.teardown(async () => {
    await demo.close();
    await environment.close();
  });
  if (running) await Promise.all(environment.services.map((service) => service.start()));
  return { environment, demo, ...createClient(test, demo) };
}

/** Creates a client for the page's stream and buttons. */
function createClient(test: Test, demo: InteractiveDemo) {
  const closing = new AbortController();
  test.teardown(() => closing.abort());

  async function post(path: string, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${demo.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Opens the stream; `waitForEvent` resolves with the first past or future event that matches. */
  async function listen() {
    const response = await fetch(`${demo.url}/api/stream`, { signal: closing.signal });
    const received: StreamEvent[] = [];
    const waiters = new Set<() => void>();
    void readStream(response, (event) => {
      received.push(event);
      for (const check of waiters) check();
    }).catch(() => undefined);
    const waitForEvent = (event: string, matches: (data: Record<string, unknown>) => boolean = () => true) => {
      const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
      const check = () => {
        const found = received.find((one) => one.event === event && matches(one.data));
        if (found) resolve(found.data);
      };
      waiters.add(check);
      check();
      const timer = setTimeout(() => reject(new Error(`no matching ${event}`)), MAX_WAIT_MS);
      return promise.finally(() => {
        clearTimeout(timer);
        waiters.delete(check);
      });
    };
    return {
      received,
      waitForEvent,
      waitForTimeline: (title: string) => waitForEvent('timeline-event', (data) => data.title === title),
    };
  }

  return { post, listen };
}

async function readStream(response: Response, onEvent: (event: StreamEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(block) ?? [];
      if (event && data) onEvent({ event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}

/** @returns the environment variables that the fake service reports */
export function readVariables(environment: DemoEnvironment): Promise<Record<string, string>> {
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>();
  const unsubscribe = environment.service.onLine(({ event, environment: variables }) => {
    if (event === 'fake.started') resolve(variables as Record<string, string>);
  });
  return promise.finally(unsubscribe);
}
