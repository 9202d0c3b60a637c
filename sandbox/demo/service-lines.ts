import type { ServiceEvent } from '../../src/events.ts';
import { duration, type Told } from './happening.ts';
import type { Person } from './people.ts';
import type { ServiceLine } from './service-process.ts';

type Type = ServiceEvent['type'];
type EventOf<T extends Type> = Extract<ServiceEvent, { type: T }>;
type Words = Partial<Omit<Told, 'source' | 'phone' | 'at'>> & { title: string };
type Tellers = { [T in Type]?: (event: EventOf<T>, person: Person | undefined) => Words };

const UPSTREAMS: Record<string, string> = { fonnte: 'FONNTE', gemini: 'Gemini', supabase: 'Supabase' };
const nameOf = (upstream: string) => UPSTREAMS[upstream] ?? upstream;
const BREAKER = { closed: 'menutup: dipakai lagi', open: 'membuka: dibiarkan dulu', 'half-open': 'mencoba satu kali' };
const OUTCOMES: Record<string, string> = {
  answered: 'dijawab',
  apologised: 'diakhiri dengan permintaan maaf',
  'not-linked': 'diberi tahu bahwa nomornya belum terhubung',
  'not-approved': 'diberi tahu bahwa akunnya belum disetujui',
  'too-long': 'diberi tahu bahwa pesannya terlalu panjang',
  'rate-limited': 'diminta menunggu sebentar',
};

/** The events that the side panel words; any other is shown by its name, as a detail. */
const TELLERS: Tellers = {
  'service.started': ({ pending }) => ({
    title: 'Layanan siap',
    detail: pending > 0 ? `${pending} pesan masih menunggu jawaban` : '',
    tone: 'good',
  }),
  'service.stopping': ({ reason }) => ({ title: 'Layanan berhenti', detail: reason, tone: 'wait' }),
  'request.completed': ({ method, route, status, durationMs }) => ({
    title: `${method} ${route}`,
    detail: `${status}, ${duration(durationMs)}`,
    minor: true,
  }),
  'message.accepted': ({ waitedForIdentity }) => ({
    title: 'Pesan tersimpan',
    detail: waitedForIdentity ? 'pengirim dikenali nanti' : 'sebelum webhook menjawab 200',
    tone: 'good',
  }),
  'message.duplicate': () => ({ title: 'Panggilan ulang', detail: 'sudah pernah diterima; tidak dijawab lagi' }),
  'message.refused': ({ code, notice }) => ({
    title: `Ditolak: ${code}`,
    detail: { queued: 'pengirim diberi tahu', suppressed: 'sudah diberi tahu', none: 'tanpa pemberitahuan' }[notice],
    tone: 'bad',
  }),
  'webhook.ignored': ({ reason }) => ({ title: 'Panggilan tanpa pesan', detail: reason }),
  'auth.failed': ({ code }) => ({ title: 'Panggilan tanpa kunci yang cocok', detail: code, tone: 'bad' }),
  'device.status': ({ status }) => ({
    title: status === 'connect' ? 'Perangkat WhatsApp tersambung' : 'Perangkat WhatsApp terputus',
    tone: status === 'connect' ? 'good' : 'bad',
  }),
  'user.identified': ({ linked, approved, durationMs }, person) => ({
    title: !linked
      ? 'Nomor tidak dikenal'
      : approved
        ? `Dikenali: ${person?.name ?? 'pengguna SAPA'}`
        : 'Dikenali, belum disetujui',
    detail: `dari Supabase, ${duration(durationMs)}`,
    tone: linked && approved ? 'good' : 'bad',
  }),
  'user.ambiguous': ({ matches }) => ({ title: `${matches} akun memakai nomor ini`, tone: 'bad' }),
  'upstream.called': ({ upstream, operation, outcome, durationMs }) => ({
    title: outcome === 'ok' ? `${nameOf(upstream)} menjawab` : `${nameOf(upstream)} ${FAILED[outcome] ?? outcome}`,
    detail: `${operation}, ${duration(durationMs)}`,
    // A refusal of FONNTE is told by FONNTE, a failure of the model with the model's name.
    minor: outcome === 'ok' || outcome === 'rejected' || upstream === 'gemini',
    tone: outcome === 'ok' ? 'plain' : 'bad',
  }),
  'breaker.changed': ({ upstream, model, state }) => ({
    title: `Pemutus ${model ?? nameOf(upstream)} ${BREAKER[state]}`,
    tone: state === 'closed' ? 'good' : 'wait',
  }),
  'model.called': ({ model, outcome, durationMs, tokensIn, tokensOut }) => ({
    title: outcome === 'ok' ? 'Model menjawab' : `Model gagal: ${outcome}`,
    detail: [model, duration(durationMs), tokensIn + tokensOut > 0 ? `${tokensIn} + ${tokensOut} token` : '']
      .filter(Boolean)
      .join(' · '),
    tone: outcome === 'ok' ? 'good' : 'bad',
  }),
  'model.disabled': ({ model }) => ({ title: 'Model disisihkan satu jam', detail: model, tone: 'bad' }),
  'tool.called': ({ tool, ok, durationMs }) => ({
    title: ok ? 'Data diambil' : 'Alat gagal',
    detail: `${tool}, ${duration(durationMs)}`,
    tone: ok ? 'good' : 'bad',
  }),
  'turn.started': ({ seqs, attempt }) => ({
    title: attempt > 1 ? `Giliran dilanjutkan (ke-${attempt})` : 'Giliran dimulai',
    detail: seqs.length > 1 ? `${seqs.length} pesan dijawab bersama` : '',
  }),
  'turn.reply-stored': ({ characters, parts }) => ({
    title: 'Balasan tersimpan',
    detail: parts > 1 ? `${characters} karakter, ${parts} bagian` : `${characters} karakter`,
    tone: 'good',
  }),
  'turn.retrying': ({ delayMs, upstream, reason }) => ({
    title: `Dicoba lagi dalam ${duration(delayMs)}`,
    detail: `${nameOf(upstream)}: ${reason}`,
    tone: 'wait',
  }),
  'turn.postponed': ({ reason }) => ({ title: 'Giliran menunggu', detail: nameOf(reason), tone: 'wait' }),
  'turn.finished': ({ outcome, durationMs }) => ({
    title: 'Giliran selesai',
    detail: `${OUTCOMES[outcome] ?? outcome}, ${duration(durationMs)} sejak pesan masuk`,
    tone: 'good',
  }),
  'turn.dropped': ({ reason }) => ({ title: 'Giliran dibatalkan', detail: reason, tone: 'bad' }),
  'turn.dead-lettered': ({ upstream, reason, hasReply }) => ({
    title: hasReply ? 'Menyerah; balasan disimpan untuk operator' : 'Menyerah; disimpan untuk operator',
    detail: `${nameOf(upstream)}: ${reason}`,
    tone: 'bad',
  }),
  'turn.failed': ({ name }) => ({ title: 'Kesalahan di layanan', detail: name, tone: 'bad' }),
  'part.sent': ({ part, of, durationMs }) => ({
    title: of > 1 ? `Bagian ${part} dari ${of} terkirim` : 'Balasan terkirim',
    detail: duration(durationMs),
    tone: 'good',
    minor: of === 1,
  }),
  'part.uncertain': ({ part, of }) => ({ title: `Bagian ${part} dari ${of} mungkin sudah terkirim`, tone: 'wait' }),
  'store.failed': ({ operation, code }) => ({
    title: 'Penyimpanan gagal',
    detail: `${operation}: ${code}`,
    tone: 'bad',
  }),
  'store.recovered': () => ({ title: 'Penyimpanan pulih', tone: 'good' }),
};

const FAILED: Record<string, string> = {
  refused: 'menolak',
  timeout: 'tidak menjawab tepat waktu',
  network: 'tidak terhubung',
  aborted: 'tidak ditunggu lagi',
  'breaker-open': 'tidak dipanggil, pemutus terbuka',
};

/** A line of the service's log as a happening; undefined where it tells nothing that happened. */
export function tellLine(line: ServiceLine, people: readonly Person[]): Told | undefined {
  const { event, level, time, conversation, requestId: _, turnId: __, msg, ...fields } = line;
  const at = typeof time === 'number' ? time : Date.now();
  if (typeof event !== 'string') {
    const isTrouble = typeof level === 'number' && level >= 50;
    return isTrouble ? { source: 'service', at, title: String(msg ?? 'Kesalahan'), tone: 'bad' } : undefined;
  }
  // The demo's own look at how the service is.
  if (event === 'request.completed' && fields.route === '/api/health') return undefined;
  const person = people.find(({ masked }) => masked === conversation);
  const tell = TELLERS[event as Type] as ((event: object, person: Person | undefined) => Words) | undefined;
  const words = tell?.(fields, person) ?? { title: event, detail: inBrief(fields), minor: true };
  return { source: 'service', at, phone: person?.phone ?? null, ...words };
}

function inBrief(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
