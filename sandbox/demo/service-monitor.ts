import { fetchHealth } from './health.ts';
import type { ServiceProcess, ServiceState } from './service-process.ts';

/** The status of the service, as the page shows it. */
export interface ServiceStatus {
  name: string;
  state: ServiceState;
  pid: number | null;
  /** The health status (`healthy` …); empty while the service does not respond. */
  health: string;
  /** Messages that it accepted and turns that it finished since the start of the demo. */
  accepted: number;
  answered: number;
}

/** Interval of health checks while a page is open. */
const CHECK_INTERVAL_MS = 2_000;

/** Checks the service periodically while `isWatched` returns true and reports every change. */
export function monitorService(
  service: ServiceProcess,
  isWatched: () => boolean,
  onChange: (status: ServiceStatus) => void,
): { current(): ServiceStatus; close(): void } {
  let health = '';
  let reported = '';
  let accepted = 0;
  let answered = 0;
  const current = () => ({
    name: service.name,
    state: service.state,
    pid: service.pid ?? null,
    health,
    accepted,
    answered,
  });
  const reportChange = () => {
    const status = current();
    const text = JSON.stringify(status);
    if (text === reported) return;
    reported = text;
    onChange(status);
  };
  const checkHealth = async () => {
    const answer = service.state === 'running' ? await fetchHealth(service.url) : '';
    health = service.state === 'running' ? answer : '';
    reportChange();
  };
  const timer = setInterval(() => isWatched() && void checkHealth(), CHECK_INTERVAL_MS).unref();
  const unsubscribeLines = service.onLine(({ event }) => {
    if (event === 'message.accepted') accepted += 1;
    else if (event === 'turn.finished') answered += 1;
    else return;
    reportChange();
  });
  const unsubscribe = service.onState((state) => {
    if (state !== 'running') health = '';
    reportChange();
    void checkHealth();
  });
  return {
    current,
    close() {
      clearInterval(timer);
      unsubscribe();
      unsubscribeLines();
    },
  };
}
