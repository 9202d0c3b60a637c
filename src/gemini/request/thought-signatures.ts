import type { Content } from '@google/genai/web';

/** Google's placeholder signature for a function call that the model did not make. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
export const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/** Records which model wrote which content: a thought signature is valid only for its own model. */
interface ThoughtSignatures {
  /** Records the author of a content. Later requests must contain the same object. */
  record(content: Content, model: string): void;
  isRecorded(content: Content): boolean;
  /** Returns the contents as `model` accepts them: its own unchanged, those of other models without signatures. */
  prepareFor(model: string, contents: readonly Content[]): Content[];
  /** Removes the signatures of these contents from every later request. */
  revoke(contents: readonly Content[]): void;
}

/** Creates the record. Its references are weak, so contents can be collected. */
export function createThoughtSignatures(): ThoughtSignatures {
  const authors = new WeakMap<Content, string | null>();
  return {
    record: (content, model) => void authors.set(content, model),
    isRecorded: (content) => authors.has(content),
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

/** Removes all signatures. The first function call gets the placeholder, because Google requires a signature there. */
function withoutSignatures({ parts = [], ...content }: Content): Content {
  const firstCall = parts.findIndex(({ functionCall }) => functionCall);
  return {
    ...content,
    parts: parts.map(({ thoughtSignature: _, ...part }, index) =>
      index === firstCall ? { ...part, thoughtSignature: FOREIGN_SIGNATURE } : part,
    ),
  };
}
