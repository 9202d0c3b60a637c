import type { Listener, Occurrence } from './events.ts';
import { loadedOnce } from './loaded-once.ts';
import type { MetricSources, Metrics } from './metrics.ts';

/** Events that are kept at most; what comes beyond them before the metrics are loaded is not counted. */
const MOST_KEPT = 10_000;

/**
 * Metrics that are loaded when they are first asked for: their library is 100 files that the service needs not to be up.
 * What happens until then is kept, and counted then.
 */
export function createMetricsLoader(sources: MetricSources): { listener: Listener; load(): Promise<Metrics> } {
  const kept: Occurrence[] = [];
  let listener: Listener = (occurrence) => {
    if (kept.length < MOST_KEPT) kept.push(occurrence);
  };
  const load = loadedOnce(async () => {
    const { createMetrics } = await import('./metrics.ts');
    const metrics = createMetrics(sources);
    listener = metrics.listener;
    for (const occurrence of kept.splice(0)) listener(occurrence);
    return metrics;
  });
  return {
    listener: (occurrence) => listener(occurrence),
    load,
  };
}
