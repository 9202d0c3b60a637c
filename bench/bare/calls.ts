import { Pool } from 'undici';
import { buildMessageText, buildSystemInstruction } from '../../src/gemini/request/prompt.ts';
import { toolDeclarations } from '../../src/gemini/tools/schemas.ts';

type Turn = (sender: string, message: string) => Promise<void>;

/**
 * Makes the upstream requests of a turn with undici's `request`, one pool per upstream, in sequence, with `typing` in
 * parallel as in the service. `BARE_CALLS` selects identify, typing, generate and send. The Gemini request has the
 * service's prompt and tools.
 */
export function createBareCalls(env: NodeJS.ProcessEnv): Turn | null {
  const wanted = new Set((env.BARE_CALLS ?? '').split(',').filter(Boolean));
  if (wanted.size === 0) return null;
  const fonnte = new Pool(new URL(env.FONNTE_API_URL ?? '').origin);
  const gemini = new Pool(env.GEMINI_BASE_URL ?? '');
  const supabase = new Pool(env.SUPABASE_URL ?? '');
  const key = env.SUPABASE_SERVICE_ROLE_KEY ?? '';
  const systemInstruction = { role: 'user', parts: [{ text: buildSystemInstruction(FACTS) }] };
  const tools = [{ functionDeclarations: toolDeclarations('SAPA') }];

  async function identify(sender: string): Promise<void> {
    const { body } = await supabase.request({
      method: 'GET',
      path: `/rest/v1/users?select=id,name,unit,is_approved,phone_number&phone_number=eq.${sender}`,
      headers: { apikey: key, authorization: `Bearer ${key}`, accept: 'application/json' },
    });
    const [user] = (await body.json()) as { is_approved: boolean }[];
    if (!user?.is_approved) throw new Error('the fake Supabase has every user');
  }

  async function generate(message: string): Promise<string> {
    const { statusCode, body } = await gemini.request({
      method: 'POST',
      path: '/v1beta/models/gemini-3.8-flash:generateContent',
      headers: { 'x-goog-api-key': env.GEMINI_API_KEY ?? '', 'content-type': 'application/json' },
      body: JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: describe(message) }] }],
        systemInstruction,
        tools,
      }),
    });
    const answer = (await body.json()) as { candidates: { content: { parts: { text: string }[] } }[] };
    const text = answer.candidates[0]?.content.parts[0]?.text;
    if (statusCode !== 200 || text === undefined) throw new Error(`Gemini answered ${statusCode}`);
    return text;
  }

  async function post(path: string, fields: Record<string, string>): Promise<void> {
    const { body } = await fonnte.request({
      method: 'POST',
      path,
      headers: { authorization: env.FONNTE_TOKEN ?? '', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, countryCode: '0' }).toString(),
    });
    const answer = (await body.json()) as { status: boolean };
    if (!answer.status) throw new Error('FONNTE refused');
  }

  return async (sender, message) => {
    if (wanted.has('identify')) await identify(sender);
    const typing = wanted.has('typing') ? post('/typing', { target: sender, duration: '25' }) : undefined;
    const text = wanted.has('generate') ? await generate(message) : message;
    if (wanted.has('send')) await post('/send', { target: sender, message: text });
    await typing;
  };
}

const FACTS = {
  organization: 'Kementerian Koperasi dan UKM',
  portal: 'SAPA',
  portalUrl: undefined,
  timezone: 'Asia/Jakarta',
  opening: undefined,
};

/** Returns the text of a message as the service sends it to the model. */
function describe(message: string): string {
  const user = { name: 'Pegawai', unit: 'Biro Umum' };
  const request = { now: Date.now(), isFirstAnswer: false, nonce: 'abcdef', list: null };
  return buildMessageText(message, FACTS.timezone, { ...user, ...request });
}
