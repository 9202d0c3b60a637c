import { StoreUnavailable } from '../errors.ts';
import type { BreakerState, DeviceLabel, DeviceStatus, ModelStatus } from '../events.ts';
import { ageMs } from '../time/age.ts';

/** A pending message older than this means that answers are not keeping up, ms. */
const OLDEST_PENDING_MS = 5 * 60 * 1000;

/** The components of the service. */
const COMPONENTS = ['store', 'supabase', 'gemini', 'fonnte', 'device', 'inbox'] as const;
export type Component = (typeof COMPONENTS)[number];

interface DeviceState {
  breaker: BreakerState;
  status: DeviceStatus;
}

/** The checks of one of several devices: its position in FONNTE_TOKEN, its circuit breaker and its connection. */
export interface DeviceChecks {
  device: number;
  fonnte: string;
  connection: string;
}

/** What the service already knows about its components. */
export interface HealthSources {
  isClosing(): boolean;
  store(): string;
  supabase(): string;
  gemini(): BreakerState;
  models(): readonly { model: string; status: ModelStatus }[];
  devices(): readonly (DeviceState & DeviceLabel)[];
  /** The worst state of all devices. */
  summary(): DeviceState;
  /** @throws StoreUnavailable */
  inbox(): Promise<{ oldestAt: number | null; pausedConversations: number }>;
  /** @throws StoreUnavailable */
  sessions(): Promise<number>;
  now(): number;
}

export interface HealthReport {
  status: 'healthy' | 'degraded' | 'unavailable';
  activeSessions: number;
  pausedConversations: number;
  /** `ok`, or one word that names the problem. */
  checks: Record<Component, string>;
  models: { model: string; status: ModelStatus }[];
  /** Only with a list of devices. */
  devices?: DeviceChecks[];
}

export interface Health {
  /** Calls no upstream, and contains no numbers or secrets. */
  read(): Promise<HealthReport>;
  /** Time of the last change of each check in `read`, ms since the epoch; the start time if the check never changed. */
  since(): Record<Component, number>;
}

/** Creates the health of the service from what it already knows. */
export function createHealth(sources: HealthSources): Health {
  const startedAt = sources.now();
  const since = Object.fromEntries(COMPONENTS.map((name) => [name, startedAt])) as Record<Component, number>;
  let last: HealthReport['checks'] | undefined;

  /** Counts from the store; null and 0 while it cannot be read, which `checks.store` shows. */
  async function counts() {
    try {
      const [inbox, activeSessions] = await Promise.all([sources.inbox(), sources.sessions()]);
      return { oldestAt: inbox.oldestAt, pausedConversations: inbox.pausedConversations, activeSessions };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { oldestAt: null, pausedConversations: 0, activeSessions: 0 };
    }
  }

  function checkDevices(): { devices?: DeviceChecks[] } {
    const devices = sources.devices().flatMap(({ device, ...state }) => {
      return device === undefined ? [] : { device, fonnte: checkBreaker(state), connection: checkConnection(state) };
    });
    return devices.length > 0 ? { devices } : {};
  }

  function recordChanges(checks: HealthReport['checks'], oldestAt: number | null): void {
    for (const name of COMPONENTS) if (last && last[name] !== checks[name]) since[name] = sources.now();
    if (checks.inbox === 'late' && oldestAt !== null) since.inbox = oldestAt + OLDEST_PENDING_MS;
    last = checks;
  }

  return {
    async read() {
      const { oldestAt, ...numbers } = await counts();
      const models = sources.models().map(({ model, status }) => ({ model, status }));
      const worst = sources.summary();
      const checks = {
        store: sources.isClosing() ? 'stopping' : sources.store(),
        supabase: sources.supabase(),
        gemini: checkGemini(sources.gemini(), models),
        fonnte: checkBreaker(worst),
        device: checkConnection(worst),
        inbox: oldestAt !== null && ageMs(oldestAt, sources.now()) > OLDEST_PENDING_MS ? 'late' : 'ok',
      };
      recordChanges(checks, oldestAt);
      const healthy = Object.values(checks).every((check) => check === 'ok');
      const status = checks.store !== 'ok' ? 'unavailable' : healthy ? 'healthy' : 'degraded';
      return { status, ...numbers, checks, models, ...checkDevices() };
    },
    since: () => ({ ...since }),
  };
}

function checkBreaker({ breaker }: DeviceState): string {
  return breaker === 'closed' ? 'ok' : breaker;
}

function checkConnection({ status }: DeviceState): string {
  return status === 'disconnect' ? 'disconnected' : 'ok';
}

/** `open`, `half-open`: no model is available. `model-open`, `model-disabled`: a model is unavailable, another is available. */
function checkGemini(state: BreakerState, models: readonly { status: ModelStatus }[]): string {
  if (state !== 'closed') return state;
  if (models.some(({ status }) => status === 'disabled')) return 'model-disabled';
  return models.some(({ status }) => status !== 'ok') ? 'model-open' : 'ok';
}
