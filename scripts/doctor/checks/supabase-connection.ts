import { readJwtRole } from '../../../src/security/jwt-role.ts';
import { RESPONSE_TOO_LARGE } from '../../../src/supabase/client.ts';
import { isCustomRoleKey } from '../../../src/supabase/key.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { defineCheck, type Finding } from '../check.ts';
import { createReader, SUPABASE_VARIABLES } from '../supabase-reader.ts';

/** Whether Supabase answers a read with this key, and how fast. */
export const supabaseConnection = defineCheck({
  id: 'supabase',
  group: 'Supabase',
  title: 'Sambungan',
  needs: SUPABASE_VARIABLES,
  async run(context) {
    const startedAt = performance.now();
    try {
      await createReader(context).read('users', (client) => client.from('users').select('id').limit(1), context.signal);
    } catch (error) {
      if (error instanceof UpstreamRejectedError && error.label !== RESPONSE_TOO_LARGE)
        return [describeRejection(error)];
      throw error;
    }
    return [{ status: 'ok', text: `Terhubung, jawaban dalam ${Math.round(performance.now() - startedAt)} ms.` }];
  },
});

function describeRejection({ status, label, reason }: UpstreamRejectedError): Finding {
  const text = `Ditolak: ${reason.trim()}`;
  if (label === 'unauthorized') {
    const fix =
      'Salin lagi kunci sb_secret_… dari Supabase, Settings > API Keys. Untuk kunci buatan sendiri, isi juga SUPABASE_ANON_KEY.';
    return { status: 'error', text, fix };
  }
  if (label === 'schema-cache') {
    return {
      status: 'error',
      text,
      fix: "Periksa SUPABASE_URL, atau jalankan notify pgrst, 'reload schema'; di SQL Editor.",
    };
  }
  if ((status ?? 0) >= 500) return { status: 'error', text, fix: 'Buka status.supabase.com dan dasbor proyek.' };
  return { status: 'error', text, fix: 'Periksa SUPABASE_URL.' };
}

/** Supabase ends the keys of its former kind after this date. */
const LEGACY_KEYS_END = 'akhir 2026';

/** The kind of the key, only from its form. The configuration rejects anon and publishable keys. */
export const supabaseKey = defineCheck({
  id: 'supabase-key',
  group: 'Supabase',
  title: 'Jenis kunci',
  needs: SUPABASE_VARIABLES,
  run: ({ config, now }) => {
    const { SUPABASE_SERVICE_ROLE_KEY: key, SUPABASE_URL: url, SUPABASE_ANON_KEY: anonKey } = config;
    const expiry = describeExpiry(key, now());
    if (isCustomRoleKey(key)) {
      const needsAnonKey = anonKey === undefined && new URL(url).hostname.endsWith('.supabase.co');
      const role: Finding = needsAnonKey
        ? {
            status: 'error',
            text: 'Kunci peran buatan sendiri, tetapi SUPABASE_ANON_KEY kosong: gerbang supabase.co menolaknya.',
            fix: 'Isi SUPABASE_ANON_KEY dengan kunci anon atau publishable proyek.',
          }
        : { status: 'ok', text: `Kunci peran hanya-baca buatan sendiri (${readJwtRole(key)}).` };
      return [role, ...expiry];
    }
    if (key.startsWith('sb_secret_'))
      return [{ status: 'ok', text: 'Secret key (sb_secret_…).' }, ...describeUnused(anonKey)];
    if (readJwtRole(key) !== undefined) {
      const legacy: Finding = {
        status: 'warning',
        text: `Kunci service role lama; Supabase menghentikannya pada ${LEGACY_KEYS_END}.`,
        fix: 'Buat kunci sb_secret_… di Supabase, Settings > API Keys, lalu ganti.',
      };
      return [legacy, ...expiry, ...describeUnused(anonKey)];
    }
    return [{ status: 'ok', text: 'Bentuk lain (Supabase yang dipasang sendiri).' }, ...describeUnused(anonKey)];
  },
});

function describeUnused(anonKey: string | undefined): Finding[] {
  if (anonKey === undefined) return [];
  return [
    {
      status: 'warning',
      title: 'SUPABASE_ANON_KEY',
      text: 'Terisi, tetapi tidak dipakai bersama kunci jenis ini.',
      fix: 'Kosongkan.',
    },
  ];
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days before the end of a key from which it should be replaced. */
const KEY_WARNING_DAYS = 30;

function describeExpiry(key: string, now: number): Finding[] {
  const expiresAt = readExpiry(key);
  if (expiresAt === null) return [];
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  const title = 'Masa berlaku kunci';
  const fix = 'Buat kunci baru (docs/runbook/key-rotation.md).';
  if (expiresAt <= now) return [{ status: 'error', title, text: `Berakhir pada ${day}.`, fix }];
  if (expiresAt - now < KEY_WARNING_DAYS * DAY_MS) return [{ status: 'warning', title, text: `Sampai ${day}.`, fix }];
  return [{ status: 'ok', title, text: `Sampai ${day}.` }];
}

/** Reads the claim `exp` of a JWT, ms since the epoch. @returns null without one */
function readExpiry(key: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(key.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const seconds: unknown = Reflect.get(Object(claims), 'exp');
    return typeof seconds === 'number' && Number.isFinite(seconds) && Math.abs(seconds) < 1e11 ? seconds * 1000 : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
