import { Gauge, type Registry } from 'prom-client';
import { type BreakerState, type DeviceLabel, type ModelStatus, UPSTREAMS, type UpstreamName } from '../events.ts';

/** Values that are read at each scrape. */
export interface GaugeSources {
  inbox(): Promise<{ pending: number; oldestAt: number | null; deadLetters: number; pausedConversations: number }>;
  sessions(): Promise<number>;
  runningTurns(): number;
  /** `quota`: remaining messages of the FONNTE quota; null when not known. */
  devices(): readonly ({ quota: number | null; breaker: BreakerState } & DeviceLabel)[];
  breaker(upstream: UpstreamName): BreakerState;
  models(): readonly { model: string; status: ModelStatus }[];
  now(): number;
}

const MODEL_VALUES: Record<ModelStatus, number> = { ok: 0, 'half-open': 1, open: 2, disabled: 3 };
const BREAKER_VALUES: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** The labels of a metric that each device has; no label for the only device. */
export const toDeviceLabels = ({ device }: DeviceLabel): { device?: string } =>
  device === undefined ? {} : { device: String(device) };

/** Registers the gauges that read their values at each scrape. `hasDevices`: FONNTE_TOKEN is a list. */
export function registerGauges(registry: Registry, sources: GaugeSources, hasDevices: boolean): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `sapa_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  gauge('inbox_pending', 'Pending messages', async () => (await sources.inbox()).pending);
  gauge('inbox_oldest_age_seconds', 'Age of the oldest pending message; 0 without a pending message', async () => {
    const { oldestAt } = await sources.inbox();
    return oldestAt === null ? 0 : Math.max(0, sources.now() - oldestAt) / 1000;
  });
  gauge('dead_letters', 'Dead letters', async () => (await sources.inbox()).deadLetters);
  gauge('conversations_paused', 'Paused conversations', async () => (await sources.inbox()).pausedConversations);
  new Gauge({
    name: 'sapa_fonnte_quota',
    help: 'Remaining messages of the FONNTE quota; NaN when not known',
    labelNames: hasDevices ? ['device'] : [],
    registers: [registry],
    collect() {
      for (const { quota, ...label } of sources.devices()) this.set(toDeviceLabels(label), quota ?? Number.NaN);
    },
  });
  if (hasDevices)
    new Gauge({
      name: 'sapa_device_breaker_state',
      help: '0 closed, 1 half open, 2 open; of each device, where sapa_breaker_state is the worst of them',
      labelNames: ['device'],
      registers: [registry],
      collect() {
        for (const { breaker, ...label } of sources.devices()) this.set(toDeviceLabels(label), BREAKER_VALUES[breaker]);
      },
    });
  gauge('turns_running', 'Running turns', () => sources.runningTurns());
  gauge('sessions_active', 'Active sessions', () => sources.sessions());
  new Gauge({
    name: 'sapa_breaker_state',
    help: '0 closed, 1 half open, 2 open',
    labelNames: ['upstream'],
    registers: [registry],
    collect() {
      for (const upstream of UPSTREAMS) this.set({ upstream }, BREAKER_VALUES[sources.breaker(upstream)]);
    },
  });
  new Gauge({
    name: 'sapa_gemini_model_state',
    help: '0 usable, 1 circuit breaker half open, 2 open, 3 disabled (HTTP 404)',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      for (const { model, status } of sources.models()) this.set({ model }, MODEL_VALUES[status]);
    },
  });
}
