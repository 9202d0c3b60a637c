import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor } from '../src/config/schema.ts';
import { createFonnteClient, type FonnteClient } from '../src/fonnte/client.ts';
import { createClockCheck } from '../src/fonnte/clock-check.ts';
import { createDeviceMonitor } from '../src/fonnte/device-monitor.ts';
import { createSendReply, type OutgoingReply } from '../src/fonnte/send-reply.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../src/upstream/upstream.ts';

declare module 'fastify' {
  interface FastifyInstance {
    whatsapp: FonnteClient & { reply(outgoing: OutgoingReply): Promise<boolean> };
    fonnte: UpstreamGuard;
    /** Compares our clock with the times in FONNTE's calls. */
    clockCheck: ReturnType<typeof createClockCheck>;
    /** Asks FONNTE about our device and tells what it said. */
    checkDevice(): Promise<void>;
  }
}

/** The longest wait for one FONNTE call, ms. */
const TIMEOUT_MS = 10_000;
/** How often FONNTE is asked about our device, ms. */
const DEVICE_CHECK_MS = 5 * 60 * 1000;
/** When it is asked first, after the service listens, ms. */
const FIRST_CHECK_MS = 1_000;

/** WhatsApp, through FONNTE; whether our device is connected is asked at the start, and every five minutes. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs: TIMEOUT_MS, events, monotonicNow });
  const indicators = createUpstreamGuard({ name: 'fonnte', timeoutMs: TIMEOUT_MS, events, failuresToOpen: Infinity });
  const fonnte = createFonnteClient({
    apiUrl: config.FONNTE_API_URL,
    token: config.FONNTE_TOKEN,
    http: createHttpClient({ connections: connectionsFor(config) }),
    upstream,
    indicators,
    minQuota: config.MIN_QUOTA_RESERVE,
  });
  const partIntervalMs = config.PART_INTERVAL_MS;
  app.decorate('fonnte', upstream);
  app.decorate('clockCheck', createClockCheck({ events, now }));
  app.decorate('whatsapp', { ...fonnte, reply: createSendReply({ fonnte, partIntervalMs, events, pause }) });
  const checkDevice = createDeviceMonitor({ fonnte, events, now });
  const timer = setInterval(() => void checkDevice(), DEVICE_CHECK_MS).unref();
  app.decorate('checkDevice', checkDevice);
  // Calls are taken first; what they don't need is loaded a moment later, where nobody has asked for it by then.
  let first: NodeJS.Timeout | undefined;
  const checkUnlessKnown = () => {
    if (fonnte.quota() === null) void checkDevice();
  };
  app.addHook('onListen', async () => {
    first = setTimeout(checkUnlessKnown, FIRST_CHECK_MS).unref();
  });
  app.addHook('onClose', async () => {
    clearTimeout(first);
    clearInterval(timer);
    await fonnte.close();
  });
};

export default fp(plugin, { name: 'fonnte', dependencies: ['config'] });
