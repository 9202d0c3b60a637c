/** One server-sent event with its parsed data. */
export interface ServerSentEvent {
  event: string;
  data: unknown;
}

/** Parses complete server-sent events. */
export function parseServerSentEvents(text: string): ServerSentEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, event = ''] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data = 'null'] = /^data: (.*)$/m.exec(block) ?? [];
      return { event, data: JSON.parse(data) };
    });
}

/** Opens a stream; `received` grows until the server ends it. */
export async function openEventStream(url: string, headers: Record<string, string>) {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  const received: ServerSentEvent[] = [];
  let wake = () => {};
  const ended = (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const text = rest + decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n\n') + 1;
      received.push(...parseServerSentEvents(text.slice(0, Math.max(0, end))));
      rest = text.slice(Math.max(0, end + 1));
      wake();
    }
  })().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  return {
    status: response.status,
    received,
    /** Resolves when the server has ended the stream. */
    ended,
    close: () => controller.abort(),
    /** Resolves with the first received event that matches. */
    async waitFor(matches: (event: ServerSentEvent) => boolean): Promise<ServerSentEvent> {
      for (;;) {
        const found = received.find(matches);
        if (found) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
