import { type Content, GoogleGenAI } from '@google/genai';

/** One line of the plan's conversation. */
export interface Line {
  role: string;
  content: string;
}

const ai = new GoogleGenAI({
  apiKey: process.env.GEMINI_API_KEY ?? '',
  apiVersion: 'v1beta',
  httpOptions: { baseUrl: process.env.GEMINI_BASE_URL ?? '' },
});
const models = [
  process.env.GEMINI_MODEL ?? 'gemini-3.8-flash',
  ...(process.env.GEMINI_FALLBACK_MODELS ?? 'gemini-3.5-flash-lite').split(','),
];
const timeoutMs = Number(process.env.GEMINI_TIMEOUT_MS ?? 20_000);

/** The plan's `fetchAiResponse`: the models in their order, one call each within the time limit. */
export async function fetchAiResponse(payload: Line[]): Promise<string> {
  const systemInstruction = payload
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n');
  const contents: Content[] = payload
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => ({ role: role === 'assistant' ? 'model' : 'user', parts: [{ text: content }] }));
  let failure: unknown;
  for (const model of models) {
    try {
      const abortSignal = AbortSignal.timeout(timeoutMs);
      const response = await ai.models.generateContent({ model, contents, config: { systemInstruction, abortSignal } });
      if (response.text) return response.text;
    } catch (error) {
      failure = error;
    }
  }
  throw failure ?? new Error('Tidak ada jawaban dari AI.');
}
