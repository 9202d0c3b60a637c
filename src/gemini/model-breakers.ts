import type { BreakerState, Events, ModelStatus } from '../events.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../upstream/upstream.ts';

/** A model that Google does not know (404) is not used for this time, ms. */
const DISABLED_MS = 60 * 60 * 1000;

/** The circuit breakers of all models, one each. As an upstream, Gemini is open only when no model can be used. */
export interface ModelBreakers extends Pick<UpstreamGuard, 'state' | 'openForMs'> {
  /** True where a request would be made now: neither disabled nor open, and no probe is running. */
  isReady(model: string): boolean;
  /** One request to one model. @throws what `Upstream.call` throws */
  call<T>(
    model: string,
    run: (signal: AbortSignal) => Promise<T>,
    bounds: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Stops using a model for an hour. */
  disable(model: string): void;
  statuses(): { model: string; status: ModelStatus }[];
}

/** Creates one circuit breaker per model. Emits `breaker.changed` for each model, and for Gemini as a whole. */
export function createModelBreakers(options: {
  models: readonly string[];
  timeoutMs: number;
  events: Events;
  monotonicNow: () => number;
}): ModelBreakers {
  const { models, timeoutMs, events, monotonicNow } = options;
  const breakers = new Map<string, UpstreamGuard>();
  const disabledUntil = new Map<string, number>();
  let emittedState: BreakerState = 'closed';

  for (const model of models) {
    const onStateChange = () => emitState();
    breakers.set(model, createUpstreamGuard({ name: 'gemini', model, timeoutMs, events, monotonicNow, onStateChange }));
  }

  const breakerOf = (model: string): UpstreamGuard => {
    const breaker = breakers.get(model);
    if (!breaker) throw new Error('a model outside the chain');
    return breaker;
  };
  const disabledMs = (model: string) => Math.max(0, (disabledUntil.get(model) ?? 0) - monotonicNow());
  const restingMsOf = (model: string) => disabledMs(model) || breakerOf(model).openForMs();
  const statusOf = (model: string): ModelStatus => {
    if (disabledMs(model) > 0) return 'disabled';
    const state = breakerOf(model).state();
    return state === 'closed' ? 'ok' : state;
  };

  function state(): BreakerState {
    const statuses = models.map(statusOf);
    if (statuses.includes('ok')) return 'closed';
    return statuses.includes('half-open') ? 'half-open' : 'open';
  }

  function emitState(): void {
    const current = state();
    if (current === emittedState) return;
    emittedState = current;
    events.emit({ type: 'breaker.changed', upstream: 'gemini', state: current });
  }

  return {
    state,
    openForMs: () => Math.min(...models.map(restingMsOf)),
    isReady: (model) => restingMsOf(model) === 0,
    async call(model, run, bounds) {
      // A model may be enabled again since the last call.
      emitState();
      return await breakerOf(model).call('generate', run, bounds);
    },
    disable(model) {
      disabledUntil.set(model, monotonicNow() + DISABLED_MS);
      events.emit({ type: 'model.disabled', model, untilMs: DISABLED_MS });
      emitState();
    },
    statuses: () => models.map((model) => ({ model, status: statusOf(model) })),
  };
}
