import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor, parseDevices, parseList } from '../src/config/schema.ts';
import { createClockCheck } from '../src/fonnte/clock-check.ts';
import { createDevice } from '../src/fonnte/device.ts';
import { createDevices, type FonnteDevice, type FonnteDevices } from '../src/fonnte/devices.ts';
import { createFormatter } from '../src/fonnte/format/format.ts';
import { createMedia, type Media } from '../src/fonnte/media/media.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';

/**
 * WhatsApp through FONNTE: our devices and the files that users attach. The service itself is the default device;
 * `checkDevice` checks all of them.
 */
export interface FonnteService extends FonnteDevice, FonnteDevices {
  /** Converts Markdown to WhatsApp text; links lead only to the portal. */
  format: (markdown: string) => string;
  media: Media;
  clockCheck: ReturnType<typeof createClockCheck>;
}

declare module 'fastify' {
  interface FastifyInstance {
    fonnte: FonnteService;
  }
}

/** Delay of the first device check after the service listens, ms. */
const FIRST_DEVICE_CHECK_MS = 1_000;

const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const [first, ...others] = parseDevices(config).map((entry, index) =>
    createDevice(entry, {
      label: entry.number === null ? {} : { device: index + 1 },
      apiUrl: config.FONNTE_API_URL,
      minQuota: config.MIN_QUOTA_RESERVE,
      partIntervalMs: config.PART_INTERVAL_MS,
      http: createHttpClient({ connections: connectionsFor(config) }),
      events,
      now,
      monotonicNow,
    }),
  );
  if (!first) throw new Error('FONNTE_TOKEN has no device');
  const all = createDevices([first, ...others]);
  const media = createMedia({ hosts: parseList(config.MEDIA_HOSTS), events });
  const check = (devices: readonly FonnteDevice[]) => Promise.all(devices.map((device) => device.checkDevice()));
  app.decorate('fonnte', {
    ...first,
    ...all,
    async checkDevice() {
      await check(all.devices);
    },
    format: createFormatter(config.PORTAL_URL ? new URL(config.PORTAL_URL).host : ''),
    media,
    clockCheck: createClockCheck({ events, now }),
  });

  let firstCheck: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    firstCheck = setTimeout(
      () => void check(all.devices.filter((device) => device.quota() === null)),
      FIRST_DEVICE_CHECK_MS,
    ).unref();
  });
  app.addHook('onClose', async () => {
    clearTimeout(firstCheck);
    await Promise.all([...all.devices.map((device) => device.close()), media.close()]);
  });
};

export default fp(plugin, { name: 'fonnte', dependencies: ['config'] });
