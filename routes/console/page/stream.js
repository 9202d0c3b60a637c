import { ApiError, authorization } from './api.js';

/** The service sends something every 5 s: after this silence the connection is dead, ms. */
const MAX_SILENCE_MS = 20_000;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15_000;
/** The key was not accepted, or no key is configured: trying again does not help. */
const FINAL_CODES = new Set(['UNAUTHORIZED', 'ADMIN_DISABLED']);

/**
 * Reads the server-sent events of the service. EventSource cannot send the key in a header, so this is a fetch.
 * `onOpen` is called for each connection, `onLost(error, delayMs)` before each retry, `onRejected(error)` at the end.
 */
export function connectStream({ key, onEvent, onOpen, onLost, onRejected }) {
  const stop = new AbortController();
  let wake = () => {};
  let delayMs = FIRST_DELAY_MS;

  async function run() {
    while (!stop.signal.aborted) {
      const error = await readStream().catch((problem) => problem);
      if (stop.signal.aborted) return;
      if (FINAL_CODES.has(error.code)) return onRejected(error);
      onLost(error, delayMs);
      await sleep(delayMs);
      delayMs = Math.min(MAX_DELAY_MS, delayMs * 2);
    }
  }

  async function readStream() {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), MAX_SILENCE_MS);
    try {
      const response = await fetch('api/console/stream', {
        headers: authorization(key),
        cache: 'no-store',
        signal: AbortSignal.any([stop.signal, silence.signal]),
      });
      if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
      onOpen();
      delayMs = FIRST_DELAY_MS;
      let rest = '';
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new ApiError(0, { error: 'Layanan menutup sambungan.' });
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), MAX_SILENCE_MS);
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) dispatch(block);
      }
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(0, { error: silence.signal.aborted ? 'Layanan diam.' : 'Layanan tidak dapat dihubungi.' });
    } finally {
      clearTimeout(timer);
    }
  }

  function dispatch(block) {
    const [, event] = /^event: (.*)$/m.exec(block) ?? [];
    const [, data] = /^data: (.*)$/m.exec(block) ?? [];
    if (!event || !data) return;
    try {
      onEvent(event, JSON.parse(data));
    } catch (error) {
      // A mistake of this page must not look like a lost connection.
      reportError(error);
    }
  }

  const sleep = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const retry = () => wake();
  addEventListener('online', retry);
  void run();
  return {
    /** Tries again now instead of after the delay. */
    retry,
    close() {
      removeEventListener('online', retry);
      stop.abort();
      wake();
    },
  };
}
