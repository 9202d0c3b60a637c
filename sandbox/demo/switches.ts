import type { World } from './world.ts';

/** What can be made to go wrong by hand, in the order in which the page shows it. */
export const SWITCHES = [
  { name: 'fonnte-rejects', upstream: 'fonnte', label: 'Menolak', about: 'tiap kiriman ditolak, alasannya sementara' },
  { name: 'fonnte-quota', upstream: 'fonnte', label: 'Kuota habis', about: 'tiap kiriman ditolak untuk seterusnya' },
  { name: 'fonnte-disconnected', upstream: 'fonnte', label: 'Terputus', about: 'perangkat WhatsApp terputus' },
  { name: 'gemini-slow', upstream: 'gemini', label: 'Lambat', about: 'tiap jawaban perlu 8 detik' },
  { name: 'gemini-failing', upstream: 'gemini', label: 'Gagal', about: 'tiap permintaan dijawab 503' },
  { name: 'supabase-down', upstream: 'supabase', label: 'Mati', about: 'koneksi ditolak' },
] as const;

export type SwitchName = (typeof SWITCHES)[number]['name'];
export type SwitchStates = Record<SwitchName, boolean>;

/** How slow the slow Gemini is, ms: long enough to see the typing dots. */
const SLOW_MS = 8_000;
/** A reason that FONNTE does not document, so it passes. */
const REJECTION = { status: false, reason: 'server is busy, please try again' };

export interface Switches {
  readonly states: Readonly<SwitchStates>;
  /** Throws a switch; resolves when it is in force. */
  turn(name: SwitchName, on: boolean): Promise<void>;
}

/** Switches on the stand-ins of a world, all off; `deviceIs` tells the service what FONNTE tells of the device. */
export function createSwitches(
  world: Pick<World, 'fonnte' | 'gemini' | 'supabase'>,
  deviceIs: (status: 'connect' | 'disconnect') => void,
): Switches {
  const { fonnte, gemini, supabase } = world;
  const { quota } = fonnte;
  const states = Object.fromEntries(SWITCHES.map(({ name }) => [name, false])) as SwitchStates;

  const inForce: Record<(typeof SWITCHES)[number]['upstream'], () => Promise<void>> = {
    async fonnte() {
      fonnte.quota = states['fonnte-quota'] ? 0 : quota;
      fonnte.connected = !states['fonnte-disconnected'];
      const isSend = ({ path }: { path: string }) => path === '/send';
      await fonnte.clearFaults();
      if (states['fonnte-rejects']) await fonnte.setFault({ kind: 'reject', body: REJECTION }, { match: isSend });
    },
    gemini() {
      if (states['gemini-failing']) return gemini.setFault({ kind: 'status', status: 503 });
      return states['gemini-slow'] ? gemini.setFault({ kind: 'slow', ms: SLOW_MS }) : gemini.clearFaults();
    },
    supabase: () => (states['supabase-down'] ? supabase.setFault({ kind: 'refuse' }) : supabase.clearFaults()),
  };

  return {
    states,
    async turn(name, on) {
      if (states[name] === on) return;
      states[name] = on;
      const upstream = SWITCHES.find((one) => one.name === name)?.upstream ?? 'fonnte';
      await inForce[upstream]();
      if (name === 'fonnte-disconnected') deviceIs(on ? 'disconnect' : 'connect');
    },
  };
}
