import type { Content } from '@google/genai/web';

/** Google's placeholder for a function call that another model made. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/** Remembers which model wrote which content: a thought signature is valid only for the model that wrote it. */
export interface ThoughtSignatures {
  /** Records the author of a model's content. Pass the same object in later requests. */
  record(content: Content, model: string): void;
  /** The contents as `model` accepts them: unchanged where they are its own, else without signatures. */
  prepareFor(model: string, contents: readonly Content[]): Content[];
  /** Removes the signatures of these contents from every later request. */
  revoke(contents: readonly Content[]): void;
}

/** Creates the record of authors. It keeps no content alive. */
export function createThoughtSignatures(): ThoughtSignatures {
  const authors = new WeakMap<Content, string | null>();
  return {
    record: (content, model) => void authors.set(content, model),
    prepareFor: (model, contents) =>
      contents.map((content) => {
        const author = authors.get(content);
        return author === undefined || author === model ? content : withoutSignatures(content);
      }),
    revoke(contents) {
      for (const content of contents) if (authors.has(content)) authors.set(content, null);
    },
  };
}

/** Removes all signatures. The first function call gets Google's placeholder, because it must carry one. */
function withoutSignatures({ parts = [], ...content }: Content): Content {
  const firstCall = parts.findIndex(({ functionCall }) => functionCall);
  return {
    ...content,
    parts: parts.map(({ thoughtSignature: _, ...part }, index) =>
      index === firstCall ? { ...part, thoughtSignature: FOREIGN_SIGNATURE } : part,
    ),
  };
}
