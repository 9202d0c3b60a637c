import { healthOf } from './health.ts';
import type { ServiceProcess, ServiceState } from './service-process.ts';

/** How the service is, as the page shows it. */
export interface ServiceView {
  state: ServiceState;
  pid: number | null;
  /** Its own word about itself (`healthy` …); empty while it does not answer. */
  health: string;
}

/** How often it is asked while somebody watches, ms. */
const EVERY_MS = 2_000;

/** Keeps an eye on the service and tells whenever how it is has changed. `isWatched`: nobody asks while nobody looks. */
export function watchService(
  service: ServiceProcess,
  isWatched: () => boolean,
  tell: (view: ServiceView) => void,
): { now(): ServiceView; close(): void } {
  let health = '';
  let told = '';
  const now = () => ({ state: service.state, pid: service.pid ?? null, health });
  const tellChange = () => {
    const view = now();
    const text = JSON.stringify(view);
    if (text === told) return;
    told = text;
    tell(view);
  };
  const ask = async () => {
    const answer = service.state === 'running' ? await healthOf(service.url) : '';
    health = service.state === 'running' ? answer : '';
    tellChange();
  };
  const timer = setInterval(() => isWatched() && void ask(), EVERY_MS).unref();
  const off = service.onState((state) => {
    if (state !== 'running') health = '';
    tellChange();
    void ask();
  });
  return {
    now,
    close() {
      clearInterval(timer);
      off();
    },
  };
}
