import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor, parseDevices, parseList } from '../src/config/schema.ts';
import { createClockCheck } from '../src/fonnte/clock-check.ts';
import { createDevice } from '../src/fonnte/device.ts';
import { createDeviceRegistry, type DeviceRegistry } from '../src/fonnte/device-registry.ts';
import { createFormatter } from '../src/fonnte/format/format.ts';
import { createMedia, type Media } from '../src/fonnte/media/media.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';

/** WhatsApp through FONNTE: the choice among our devices, the text format, and the files that users attach. */
export interface FonnteService extends DeviceRegistry {
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
  const fonnte: FonnteService = {
    ...createDeviceRegistry([first, ...others]),
    format: createFormatter(config.PORTAL_URL ? new URL(config.PORTAL_URL).host : ''),
    media: createMedia({ hosts: parseList(config.MEDIA_HOSTS), events }),
    clockCheck: createClockCheck({ events, now }),
  };
  app.decorate('fonnte', fonnte);

  let firstCheck: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    firstCheck = setTimeout(() => {
      for (const device of fonnte.devices) if (device.quota() === null) void device.checkDevice();
    }, FIRST_DEVICE_CHECK_MS).unref();
  });
  app.addHook('onClose', async () => {
    clearTimeout(firstCheck);
    await Promise.all([...fonnte.devices.map((device) => device.close()), fonnte.media.close()]);
  });
};

export default fp(plugin, { name: 'fonnte', dependencies: ['config'] });
