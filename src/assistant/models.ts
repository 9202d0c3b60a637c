import type { Part } from '@google/genai';
import type { Events } from '../events.ts';
import { UpstreamFailure, UpstreamOpen, UpstreamRefusal } from '../upstream.ts';
import type { GeminiClient, ModelAnswer, ModelRequest } from './gemini-client.ts';

/** Asked last, whatever is configured. */
const BUILT_IN = ['gemini-3.8-flash', 'gemini-3.5-flash-lite'];
/** A model that Google does not know (404) is not asked for so long, ms. */
const SET_ASIDE_MS = 60 * 60 * 1000;

export interface Models {
  /**
   * One pass: each model is tried once, `preferred` first, until one answers. An empty answer counts as an answer
   * only when every model's is. @throws UpstreamRefusal (permanent: this request can't be answered; else: no model
   * answered, `retryAfterMs` as the models asked), UpstreamOpen
   */
  ask(request: ModelRequest, preferred?: string): Promise<{ model: string; answer: ModelAnswer }>;
  /** Models set aside now. */
  setAside(): string[];
}

/** The chain of models: the configured ones in their order, then the built-in ones. */
export function createModels(options: {
  configured: readonly string[];
  gemini: GeminiClient;
  events: Events;
  now: () => number;
}): Models {
  const { gemini, events, now } = options;
  const chain = [...new Set([...options.configured, ...BUILT_IN].map((name) => name.replace(/^models\//, '')))];
  const asideUntil = new Map<string, number>();
  const isAside = (model: string) => (asideUntil.get(model) ?? 0) > now();

  const setAside = (model: string) => {
    asideUntil.set(model, now() + SET_ASIDE_MS);
    events.emit({ type: 'model.set-aside', model, untilMs: SET_ASIDE_MS });
  };

  return {
    setAside: () => chain.filter(isAside),
    async ask(request, preferred) {
      const order = preferred ? [preferred, ...chain.filter((model) => model !== preferred)] : chain;
      const failures: (UpstreamRefusal | UpstreamFailure)[] = [];
      let empty: { model: string; answer: ModelAnswer } | undefined;
      for (const model of order.filter((name) => !isAside(name))) {
        try {
          const contents = model === preferred || !preferred ? request.contents : withoutSignatures(request.contents);
          const answer = await gemini.generate(model, { ...request, contents });
          if (answer.finish !== 'empty') return { model, answer };
          empty ??= { model, answer };
        } catch (error) {
          if (isFinal(error)) throw error;
          if (error instanceof UpstreamRefusal && error.status === 404) setAside(model);
          if (error instanceof UpstreamRefusal || error instanceof UpstreamFailure) failures.push(error);
          else throw error;
        }
      }
      if (empty) return empty;
      throw noModelAnswered(failures);
    },
  };
}

/** Whether asking the next model is pointless: the request itself is refused, nobody waits, or the breaker is open. */
function isFinal(error: unknown): boolean {
  if (error instanceof UpstreamOpen) return true;
  if (error instanceof UpstreamFailure) return error.kind === 'aborted';
  return error instanceof UpstreamRefusal && error.permanent;
}

function noModelAnswered(failures: (UpstreamRefusal | UpstreamFailure)[]): UpstreamRefusal {
  const delays = failures.flatMap((failure) =>
    failure instanceof UpstreamRefusal && failure.retryAfterMs !== undefined ? [failure.retryAfterMs] : [],
  );
  const reasons = failures.map((failure) => (failure instanceof UpstreamRefusal ? failure.reason : failure.kind));
  return new UpstreamRefusal('gemini', {
    reason: reasons.join(' | ') || 'every model is set aside',
    label: 'no-model-answered',
    permanent: false,
    ...(delays.length > 0 ? { retryAfterMs: Math.min(...delays) } : {}),
  });
}

/** What Google documents for function calls that another model made. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/** A thought signature is only understood by the model that made it: stripped, but where a call must carry one. */
function withoutSignatures(contents: ModelRequest['contents']): ModelRequest['contents'] {
  const foreign = ({ thoughtSignature, ...part }: Part): Part =>
    thoughtSignature !== undefined && part.functionCall ? { ...part, thoughtSignature: FOREIGN_SIGNATURE } : part;
  return contents.map((content) => (content.parts ? { ...content, parts: content.parts.map(foreign) } : content));
}
