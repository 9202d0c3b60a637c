import type { Content } from '@google/genai/web';
import { fence } from '../../security/untrusted-text.ts';
import type { PrefetchedCall } from './prefetch.ts';
import { FOREIGN_SIGNATURE } from './thought-signatures.ts';

/** The form of a content for models that reject function calls which they did not make; null: it is left out. */
const dataForms = new WeakMap<Content, Content | null>();

/**
 * Appends completed calls to the user's message, as if the model had made them. `toDataForm` replaces them with fenced data
 * in the message.
 */
export function withForeignCalls(message: Content, calls: readonly PrefetchedCall[], nonce: string): Content[] {
  if (calls.length === 0) return [message];
  const numbered = calls.map((call, index) => ({ ...call, id: `prefetch-${index + 1}` }));
  const requested: Content = {
    role: 'model',
    parts: numbered.map(({ id, name, args }, index) => ({
      functionCall: { id, name, args },
      // Google requires a signature on the first of several parallel calls.
      ...(index === 0 ? { thoughtSignature: FOREIGN_SIGNATURE } : {}),
    })),
  };
  const returned: Content = {
    role: 'user',
    parts: numbered.map(({ id, name, result }) => ({ functionResponse: { id, name, response: { output: result } } })),
  };
  const data = calls.map(({ name, args, result }) => JSON.stringify({ name, args, output: result })).join('\n');
  dataForms.set(message, { ...message, parts: [{ text: fence('data', data, nonce) }, ...(message.parts ?? [])] });
  dataForms.set(requested, null);
  dataForms.set(returned, null);
  return [message, requested, returned];
}

export function hasForeignCalls(contents: readonly Content[]): boolean {
  return contents.some((content) => dataForms.has(content));
}

/** Returns the contents with the appended calls as fenced data. */
export function toDataForm(contents: readonly Content[]): Content[] {
  return contents.flatMap((content) => {
    const form = dataForms.get(content);
    return form === null ? [] : [form ?? content];
  });
}
