import { parseList } from '../../../src/config/schema.ts';
import { createGeminiClient } from '../../../src/gemini/client.ts';
import { buildModelChain } from '../../../src/gemini/model-fallback.ts';
import { toolDeclarations } from '../../../src/gemini/tools/schemas.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import type { HttpClient } from '../../../src/upstream/http-client.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../../../src/upstream/upstream.ts';
import { defineCheck, type Finding, MAX_REQUEST_MS } from '../check.ts';
import { describeFailure } from '../describe-failure.ts';

/** Maximum size of a response, bytes: a call of one tool has a few hundred. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** The tool that the question asks for; its call shows that the model accepts the service's declarations. */
const TOOL = 'budget_summary';
const SYSTEM = `Anda menguji sambungan. Panggil fungsi ${TOOL} tanpa parameter.`;
const QUESTION = 'Berapa sisa anggaran saya?';

/** A tool call with each model of the chain, and whether Google reports that the project is not paid. */
export const gemini = defineCheck({
  id: 'gemini',
  group: 'Gemini',
  title: 'Model',
  needs: ['GEMINI_API_KEY', 'GEMINI_MODEL', 'GEMINI_FALLBACK_MODELS', 'PORTAL_NAME'],
  async run({ config, http, events }) {
    const quota = { isFree: false };
    const client = createGeminiClient({
      apiKey: config.GEMINI_API_KEY,
      baseUrl: config.GEMINI_BASE_URL,
      declarations: toolDeclarations(config.PORTAL_NAME),
      http: { close: http.close, fetch: watchQuota(http, () => (quota.isFree = true)) },
    });
    const guard = createUpstreamGuard({ name: 'gemini', timeoutMs: MAX_REQUEST_MS, events, failuresToOpen: Infinity });
    const configured = [config.GEMINI_MODEL, ...parseList(config.GEMINI_FALLBACK_MODELS)];
    const chain = buildModelChain(configured);
    const required = buildModelChain(configured).filter((model) => configured.some((name) => name.endsWith(model)));
    const findings = await Promise.all(
      chain.map(async (model) => {
        const finding = await checkModel(client, guard, model);
        // A built-in model is the last resort, after those that the operator chose.
        return finding.status === 'error' && !required.includes(model)
          ? { ...finding, status: 'warning' as const }
          : finding;
      }),
    );
    return [...findings, describeTier(quota.isFree)];
  },
});

async function checkModel(
  client: ReturnType<typeof createGeminiClient>,
  guard: UpstreamGuard,
  model: string,
): Promise<Finding> {
  const startedAt = performance.now();
  const contents = [{ role: 'user', parts: [{ text: QUESTION }] }];
  try {
    const answer = await guard.call('doctor', (signal) => client.generate(model, { system: SYSTEM, contents }, signal));
    const tookMs = Math.round(performance.now() - startedAt);
    if (answer.calls.length > 0) return { status: 'ok', title: model, text: `Memanggil fungsi, ${tookMs} ms.` };
    return {
      status: 'error',
      title: model,
      text: `Menjawab tanpa memanggil fungsi (${answer.reason}), ${tookMs} ms: tidak dapat membaca data SAPA.`,
      fix: 'Ulangi. Bila tetap, pilih model lain pada GEMINI_MODEL atau GEMINI_FALLBACK_MODELS.',
    };
  } catch (error) {
    const failure = error instanceof UpstreamRejectedError ? describeRejection(error) : describeFailure(error);
    return { status: 'error', title: model, ...failure };
  }
}

function describeRejection({ status, label, reason }: UpstreamRejectedError): Pick<Finding, 'text' | 'fix'> {
  const text = `Ditolak: ${reason}`;
  if (label === 'location')
    return { text, fix: 'Google tidak melayani negara asal panggilan; periksa proksi jaringan.' };
  if (status === 404)
    return { text, fix: 'Model itu tidak ada; ganti namanya pada GEMINI_MODEL atau GEMINI_FALLBACK_MODELS.' };
  if (status === 429) return { text, fix: 'Kuota habis; lihat Google AI Studio, Usage, dan aktifkan penagihan.' };
  if (status === 400 || status === 401 || status === 403) {
    return { text, fix: 'Salin lagi GEMINI_API_KEY dari Google AI Studio, dan periksa batasan kuncinya.' };
  }
  return { text, fix: 'Gangguan pada Google; ulangi beberapa menit lagi.' };
}

/** Google names the free tier only in the quotas of a 429; a successful response shows no tier. */
function describeTier(isFree: boolean): Finding {
  const title = 'Proyek berbayar';
  const fix = 'Google AI Studio, API keys: kolom tingkat proyek harus berbayar (Tier 1 atau lebih).';
  if (!isFree) {
    return {
      status: 'manual',
      title,
      text: 'Tidak terlihat lewat API. Pada tingkat gratis, Google boleh memakai isi percakapan untuk pelatihan.',
      fix,
    };
  }
  return {
    status: 'error',
    title,
    text: 'Tingkat gratis: Google boleh memakai isi percakapan, termasuk data SAPA, untuk pelatihan.',
    fix: 'Aktifkan penagihan proyek di Google AI Studio.',
  };
}

/** Calls `onFreeTier` when a 429 names a quota of the free tier, which the error of the SDK may not quote. */
function watchQuota({ fetch }: HttpClient, onFreeTier: () => void): HttpClient['fetch'] {
  return async (input, init) => {
    const response = await fetch(input, { ...init, maxResponseBytes: MAX_RESPONSE_BYTES });
    if (response.status === 429 && /free_?tier/i.test(await response.clone().text())) onFreeTier();
    return response;
  };
}
