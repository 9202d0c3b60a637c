import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor, parseList } from '../src/config/schema.ts';
import { createFonnteClient, type FonnteClient } from '../src/fonnte/client.ts';
import { createClockCheck } from '../src/fonnte/clock-check.ts';
import { createDeviceMonitor } from '../src/fonnte/device-monitor.ts';
import { createMedia, type Media } from '../src/fonnte/media/media.ts';
import { createSendReply, type OutgoingReply } from '../src/fonnte/send-reply.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../src/upstream/upstream.ts';

/** WhatsApp through FONNTE: sends, replies in parts, the device, and the files that users attach. */
export interface FonnteService extends FonnteClient {
  /** Sends the parts of a reply in order. @returns false when the shutdown interrupted it */
  reply(outgoing: OutgoingReply): Promise<boolean>;
  /** Asks FONNTE for the state of the device and emits `device.checked`. */
  checkDevice(): Promise<void>;
  media: Media;
  clockCheck: ReturnType<typeof createClockCheck>;
  breaker: Pick<UpstreamGuard, 'state' | 'openForMs'>;
}

declare module 'fastify' {
  interface FastifyInstance {
    fonnte: FonnteService;
  }
}

/** Timeout of one FONNTE request, ms. */
const TIMEOUT_MS = 10_000;
/** Delay of the first device check after the service listens, ms. */
const FIRST_DEVICE_CHECK_MS = 1_000;

const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const breaker = createUpstreamGuard({ name: 'fonnte', timeoutMs: TIMEOUT_MS, events, monotonicNow });
  const client = createFonnteClient({
    apiUrl: config.FONNTE_API_URL,
    token: config.FONNTE_TOKEN,
    http: createHttpClient({ connections: connectionsFor(config) }),
    upstream: breaker,
    bestEffortUpstream: createUpstreamGuard({
      name: 'fonnte',
      timeoutMs: TIMEOUT_MS,
      events,
      failuresToOpen: Infinity,
    }),
    minQuota: config.MIN_QUOTA_RESERVE,
  });
  const media = createMedia({ hosts: parseList(config.MEDIA_HOSTS), events });
  const monitor = createDeviceMonitor({ fonnte: client, events, now, monotonicNow });
  app.decorate('fonnte', {
    ...client,
    reply: createSendReply({ fonnte: client, partIntervalMs: config.PART_INTERVAL_MS, events, pause }),
    checkDevice: monitor.check,
    media,
    clockCheck: createClockCheck({ events, now }),
    breaker,
  });

  monitor.start();
  let firstCheck: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    firstCheck = setTimeout(() => {
      if (client.quota() === null) void monitor.check();
    }, FIRST_DEVICE_CHECK_MS).unref();
  });
  app.addHook('onClose', async () => {
    clearTimeout(firstCheck);
    monitor.stop();
    await Promise.all([client.close(), media.close()]);
  });
};

export default fp(plugin, { name: 'fonnte', dependencies: ['config'] });
