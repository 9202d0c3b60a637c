import { type FonnteStandIn, startFonnte } from '../../sandbox/fonnte.ts';
import { type GeminiStandIn, startGemini } from '../../sandbox/gemini.ts';
import { sampleData } from '../../sandbox/sample-data.ts';
import { sampleId } from '../../sandbox/sample-days.ts';
import { type SupabaseStandIn, startSupabase } from '../../sandbox/supabase.ts';
import { trustedCertificate } from '../support/certificate.ts';

export interface CrowdedWorld {
  fonnte: FonnteStandIn;
  gemini: GeminiStandIn;
  supabase: SupabaseStandIn;
  close(): Promise<void>;
}

/** The number of the user, or stranger, with this index: invented, and nobody else's in the sample data. */
export const userNumber = (index: number) => `62812${String(10_000 + index).padStart(8, '0')}`;
export const strangerNumber = (index: number) => `62812${String(90_000 + index).padStart(8, '0')}`;

/** The three stand-ins with so many linked users, over HTTP or over TLS with HTTP/2 offered; whoever opens it closes it. */
export async function openWorld(users: number, keep = 10_000, { tls = false } = {}): Promise<CrowdedWorld> {
  const tables = sampleData(new Date());
  for (let index = 0; index < users; index++) {
    tables.users.push({
      id: sampleId('user', 10_000 + index),
      name: `Pegawai ${index}`,
      role: 'user',
      unit: 'Biro Umum',
      is_approved: true,
      phone_number: userNumber(index),
      email: `pegawai${index}@contoh.invalid`,
      created_at: '2026-01-05T02:00:00+00:00',
    });
  }
  const options = { keep, certificate: tls ? await trustedCertificate() : undefined };
  const [fonnte, gemini, supabase] = await Promise.all([
    startFonnte(options),
    startGemini(options),
    startSupabase({ tables, ...options }),
  ]);
  const close = async () => {
    await Promise.all([fonnte.close(), gemini.close(), supabase.close()]);
  };
  return { fonnte, gemini, supabase, close };
}
