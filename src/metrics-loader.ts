import type { Listener, Occurrence } from './events.ts';
import type { MetricSources, Metrics } from './metrics.ts';

/**
 * Metrics that are loaded when they are first asked for: their library is 100 files that the service needs not to be up.
 * Nothing is missed: what happens until then is kept, and counted then.
 */
export function createMetricsLoader(sources: MetricSources): { listener: Listener; load(): Promise<Metrics> } {
  const kept: Occurrence[] = [];
  let listener: Listener = (occurrence) => void kept.push(occurrence);
  let loading: Promise<Metrics> | undefined;
  const load = async () => {
    const { createMetrics } = await import('./metrics.ts');
    const metrics = createMetrics(sources);
    listener = metrics.listener;
    for (const occurrence of kept.splice(0)) listener(occurrence);
    return metrics;
  };
  return {
    listener: (occurrence) => listener(occurrence),
    load() {
      loading ??= load();
      return loading;
    },
  };
}
