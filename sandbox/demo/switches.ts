import type { DemoEnvironment } from './environment.ts';

/** The fault switches, in the order of the page. */
export const SWITCHES = [
  {
    name: 'fonnte-rejects',
    upstream: 'fonnte',
    label: 'Menolak',
    description: 'tiap kiriman ditolak, alasannya sementara',
  },
  {
    name: 'fonnte-quota',
    upstream: 'fonnte',
    label: 'Kuota habis',
    description: 'tiap kiriman ditolak untuk seterusnya',
  },
  { name: 'fonnte-disconnected', upstream: 'fonnte', label: 'Terputus', description: 'perangkat WhatsApp terputus' },
  { name: 'gemini-slow', upstream: 'gemini', label: 'Lambat', description: 'tiap jawaban perlu 8 detik' },
  { name: 'gemini-failing', upstream: 'gemini', label: 'Gagal', description: 'tiap permintaan dijawab 503' },
  { name: 'supabase-down', upstream: 'supabase', label: 'Mati', description: 'koneksi ditolak' },
] as const;

export type SwitchName = (typeof SWITCHES)[number]['name'];
export type SwitchStates = Record<SwitchName, boolean>;

/** Delay of the slow Gemini: long enough to see the typing indicator. */
const SLOW_RESPONSE_MS = 8_000;
/** An undocumented reason, which the service treats as temporary. */
const REJECTION = { status: false, reason: 'server is busy, please try again' };

export interface Switches {
  readonly states: Readonly<SwitchStates>;
  /** Sets a switch; resolves when its fault is active. */
  set(name: SwitchName, on: boolean): Promise<void>;
}

/** Creates the switches, all off. `reportDeviceStatus` sends FONNTE's webhook call about the device to the service. */
export function createSwitches(
  upstreams: Pick<DemoEnvironment, 'fonnte' | 'gemini' | 'supabase'>,
  reportDeviceStatus: (status: 'connect' | 'disconnect') => void,
): Switches {
  const { fonnte, gemini, supabase } = upstreams;
  const { quota } = fonnte;
  const states = Object.fromEntries(SWITCHES.map(({ name }) => [name, false])) as SwitchStates;

  const applyFaults: Record<(typeof SWITCHES)[number]['upstream'], () => Promise<void>> = {
    async fonnte() {
      fonnte.quota = states['fonnte-quota'] ? 0 : quota;
      fonnte.connected = !states['fonnte-disconnected'];
      const isSend = ({ path }: { path: string }) => path === '/send';
      await fonnte.clearFaults();
      if (states['fonnte-rejects']) await fonnte.setFault({ kind: 'reject', body: REJECTION }, { match: isSend });
    },
    gemini() {
      if (states['gemini-failing']) return gemini.setFault({ kind: 'status', status: 503 });
      return states['gemini-slow'] ? gemini.setFault({ kind: 'slow', ms: SLOW_RESPONSE_MS }) : gemini.clearFaults();
    },
    supabase: () => (states['supabase-down'] ? supabase.setFault({ kind: 'refuse' }) : supabase.clearFaults()),
  };

  return {
    states,
    async set(name, on) {
      if (states[name] === on) return;
      states[name] = on;
      const upstream = SWITCHES.find((one) => one.name === name)?.upstream ?? 'fonnte';
      await applyFaults[upstream]();
      if (name === 'fonnte-disconnected') reportDeviceStatus(on ? 'disconnect' : 'connect');
    },
  };
}
