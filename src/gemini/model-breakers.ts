import type { BreakerState, Events, ModelStatus } from '../events.ts';
import { type Breaker, createUpstreamGuard, type UpstreamGuard } from '../upstream/upstream.ts';

/** How long a model that Google does not know (404) is disabled, ms. */
const MODEL_COOLDOWN_MS = 60 * 60 * 1000;

/** One circuit breaker per model. Gemini as a whole is open only if no model is usable. */
export interface ModelBreakers extends Breaker {
  /** Returns whether the model accepts a request now: enabled, breaker not open, no probe running. */
  isReady(model: string): boolean;
  /** Runs one request to one model. @throws the errors of `UpstreamGuard.call` */
  call<T>(
    model: string,
    run: (signal: AbortSignal) => Promise<T>,
    bounds: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Disables a model for an hour. */
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
    if (!breaker) throw new Error('The model is not in the chain.');
    return breaker;
  };
  const cooldownMs = (model: string) => Math.max(0, (disabledUntil.get(model) ?? 0) - monotonicNow());
  const unavailableMs = (model: string) => cooldownMs(model) || breakerOf(model).openForMs();
  const statusOf = (model: string): ModelStatus => {
    if (cooldownMs(model) > 0) return 'disabled';
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
    openForMs: () => Math.min(...models.map(unavailableMs)),
    isReady: (model) => unavailableMs(model) === 0,
    async call(model, run, bounds) {
      // The cooldown of a disabled model may have ended since the last call.
      emitState();
      return await breakerOf(model).call('generate', run, bounds);
    },
    disable(model) {
      disabledUntil.set(model, monotonicNow() + MODEL_COOLDOWN_MS);
      events.emit({ type: 'model.disabled', model, untilMs: MODEL_COOLDOWN_MS });
      emitState();
    },
    statuses: () => models.map((model) => ({ model, status: statusOf(model) })),
  };
}
