import type { Test } from 'tap';
import { type FakeFonnte, startFakeFonnte } from '../../sandbox/fonnte.ts';
import { type FakeGemini, startFakeGemini } from '../../sandbox/gemini.ts';
import { sampleData } from '../../sandbox/sample-data.ts';
import { sampleId } from '../../sandbox/sample-days.ts';
import { type FakeSupabase, startFakeSupabase } from '../../sandbox/supabase.ts';
import { trustedCertificate } from './certificate.ts';
import { keyOf } from './conversation.ts';

/** Sample users of the sandbox: a number is also the key of its conversation with the only device. */
export const LINKED = keyOf('6281200000001');
export const OTHER_LINKED = keyOf('6281200000002');
/** LINKED as people paste it. */
export const PASTED_FORMS = [
  '6281200000001',
  '+62 812-0000-0001',
  '81200000001',
  '+62 (0)812-0000-0001',
  '0062 812 0000 0001',
  "'081200000001",
  'tel:+6281200000001',
  '6281200000001.0',
  '\u202a+62 812\u20110000\u20110001\u202c',
  '０８１２０００００００１',
  '０８１２ ００００ ０００１',
];
/** A number without a user. */
export const UNLINKED = keyOf('6281200000099');

/** The number of the added user with this index, and of the unlinked sender with this index. Both are invented. */
export const userNumber = (index: number) => keyOf(`62812${String(10_000 + index).padStart(8, '0')}`);
export const unlinkedNumber = (index: number) => `62812${String(90_000 + index).padStart(8, '0')}`;

/** The fake servers of FONNTE, Gemini and Supabase. */
export interface FakeUpstreams {
  fonnte: FakeFonnte;
  gemini: FakeGemini;
  supabase: FakeSupabase;
}

export interface OpenFakeUpstreams extends FakeUpstreams {
  close(): Promise<void>;
}

export interface FakeUpstreamsOptions {
  /** Additional linked users. */
  users?: number;
  /** Maximum number of recorded requests and messages per server; 10,000 by default. */
  historyLimit?: number;
  /** Serves HTTPS and offers HTTP/2, as the real upstreams do. */
  tls?: boolean;
}

/** Starts the three fake servers on free ports; the caller closes them. */
export async function openFakeUpstreams({
  users = 0,
  historyLimit = 10_000,
  tls = false,
}: FakeUpstreamsOptions = {}): Promise<OpenFakeUpstreams> {
  const tables = sampleData(new Date());
  for (let index = 0; index < users; index++) tables.users.push(buildUser(index));
  const options = { historyLimit, certificate: tls ? await trustedCertificate() : undefined };
  const [fonnte, gemini, supabase] = await Promise.all([
    startFakeFonnte(options),
    startFakeGemini(options),
    startFakeSupabase({ tables, ...options }),
  ]);
  const close = async () => {
    await Promise.all([fonnte.close(), gemini.close(), supabase.close()]);
  };
  return { fonnte, gemini, supabase, close };
}

/** Starts the three fake servers and closes them with the test. The test fails if a client used HTTP/2. */
export async function startFakeUpstreams(t: Test, options: FakeUpstreamsOptions = {}): Promise<FakeUpstreams> {
  const { close, ...upstreams } = await openFakeUpstreams(options);
  t.teardown(async () => {
    await close();
    if (Object.values(upstreams).some(({ negotiatedProtocols }) => negotiatedProtocols.has('h2')))
      throw new Error('a client called an upstream over HTTP/2');
  });
  return upstreams;
}

/** Returns the texts that FONNTE accepted for a number, oldest first. */
export function sentTo({ fonnte }: { fonnte: Pick<FakeFonnte, 'sent'> }, target: string): string[] {
  return fonnte.sent.filter((sent) => sent.target === target).map(({ message }) => message);
}

function buildUser(index: number) {
  return {
    id: sampleId('user', 10_000 + index),
    name: `Pegawai ${index}`,
    role: 'user' as const,
    unit: 'Biro Umum',
    is_approved: true,
    phone_number: userNumber(index),
    email: `pegawai${index}@contoh.invalid`,
    created_at: '2026-01-05T02:00:00+00:00',
  };
}
