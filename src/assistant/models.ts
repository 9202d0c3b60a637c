import type { Content } from '@google/genai/web';
import type { Events } from '../events.ts';
import { UpstreamFailure, UpstreamOpen, UpstreamRefusal } from '../upstream.ts';
import type { GeminiClient, ModelAnswer, ModelRequest } from './gemini-client.ts';

/** Asked last, whatever is configured. */
const BUILT_IN = ['gemini-3.8-flash', 'gemini-3.5-flash-lite'];
/** A model that Google does not know (404) is not asked for so long, ms. */
const SET_ASIDE_MS = 60 * 60 * 1000;

/** Who answered what; `tokens` of all requests of the pass, those whose answer was empty included. */
export interface Asked {
  model: string;
  answer: ModelAnswer;
  tokens: number;
}

export interface Models {
  /**
   * One pass: each model is tried once, `preferred` first, until one answers. An empty answer counts as an answer
   * only when every model's is. @throws UpstreamRefusal (permanent: this request can't be answered; else: no model
   * answered, `retryAfterMs` as the models asked), UpstreamOpen
   */
  ask(request: ModelRequest, preferred?: string): Promise<Asked>;
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

  // Contents are what a tool loop gives back verbatim, so that it is known who made each.
  const madeBy = new WeakMap<Content, string>();
  const readableBy = (model: string, content: Content): Content => {
    const maker = madeBy.get(content);
    return maker === undefined || maker === model ? content : adapted(content);
  };

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
      let tokens = 0;
      for (const model of order.filter((name) => !isAside(name))) {
        try {
          const contents = request.contents.map((content) => readableBy(model, content));
          const answer = await gemini.generate(model, { ...request, contents });
          tokens += answer.tokens.total;
          if (answer.content) madeBy.set(answer.content, model);
          if (answer.finish !== 'empty') return { model, answer, tokens };
          empty ??= { model, answer };
        } catch (error) {
          if (isFinal(error)) throw error;
          if (error instanceof UpstreamRefusal && error.status === 404) setAside(model);
          if (error instanceof UpstreamRefusal || error instanceof UpstreamFailure) failures.push(error);
          else throw error;
        }
      }
      if (empty) return { ...empty, tokens };
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

/** What another model made, for one that can't read its thought signatures: one call must carry one all the same. */
function adapted({ parts = [], ...content }: Content): Content {
  const first = parts.findIndex(({ functionCall }) => functionCall);
  return {
    ...content,
    parts: parts.map(({ thoughtSignature: _, ...part }, index) =>
      index === first ? { ...part, thoughtSignature: FOREIGN_SIGNATURE } : part,
    ),
  };
}
