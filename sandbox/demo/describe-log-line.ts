import type { ServiceEvent } from '../../src/events.ts';
import type { Person } from './people.ts';
import type { ServiceLine } from './service-process.ts';
import { formatDuration, type TimelineEventInput } from './timeline-event.ts';

type Type = ServiceEvent['type'];
type EventOf<T extends Type> = Extract<ServiceEvent, { type: T }>;
type Description = Partial<Omit<TimelineEventInput, 'source' | 'phone' | 'at'>> & { title: string };
type Descriptions = { [T in Type]?: (event: EventOf<T>, person: Person | undefined) => Description };

const UPSTREAMS: Record<string, string> = { fonnte: 'FONNTE', gemini: 'Gemini', supabase: 'Supabase' };
const nameOf = (upstream: string) => UPSTREAMS[upstream] ?? upstream;
const BREAKER_STATES = {
  closed: 'menutup: dipakai lagi',
  open: 'membuka: dibiarkan dulu',
  'half-open': 'mencoba satu kali',
};
const TURN_OUTCOMES: Record<string, string> = {
  answered: 'dijawab',
  apologized: 'diakhiri dengan permintaan maaf',
  'not-linked': 'diberi tahu bahwa nomornya belum terhubung',
  'not-approved': 'diberi tahu bahwa akunnya belum disetujui',
  'too-long': 'diberi tahu bahwa pesannya terlalu panjang',
  'rate-limited': 'diminta menunggu sebentar',
};

/** Descriptions of events in the side panel; any other event is a detail with its name as title. */
const EVENT_DESCRIPTIONS: Descriptions = {
  'service.started': ({ pending }) => ({
    title: 'Layanan siap',
    detail: pending > 0 ? `${pending} pesan masih menunggu jawaban` : '',
    tone: 'good',
  }),
  'service.stopping': ({ reason }) => ({ title: 'Layanan berhenti', detail: reason, tone: 'wait' }),
  'request.completed': ({ method, route, status, durationMs }) => ({
    title: `${method} ${route}`,
    detail: `${status}, ${formatDuration(durationMs)}`,
    isDetail: true,
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
    detail: `dari Supabase, ${formatDuration(durationMs)}`,
    tone: linked && approved ? 'good' : 'bad',
  }),
  'user.ambiguous': ({ matches }) => ({ title: `${matches} akun memakai nomor ini`, tone: 'bad' }),
  'upstream.called': ({ upstream, operation, outcome, durationMs }) => ({
    title:
      outcome === 'ok' ? `${nameOf(upstream)} menjawab` : `${nameOf(upstream)} ${CALL_OUTCOMES[outcome] ?? outcome}`,
    detail: `${operation}, ${formatDuration(durationMs)}`,
    // Show these as details: FONNTE reports its own rejections, and model.called reports failures with the model's name.
    isDetail: outcome === 'ok' || outcome === 'rejected' || upstream === 'gemini',
    tone: outcome === 'ok' ? 'plain' : 'bad',
  }),
  'breaker.changed': ({ upstream, model, state }) => ({
    title: `Pemutus ${model ?? nameOf(upstream)} ${BREAKER_STATES[state]}`,
    tone: state === 'closed' ? 'good' : 'wait',
  }),
  'model.called': ({ model, outcome, durationMs, tokensIn, tokensOut }) => ({
    title: outcome === 'ok' ? 'Model menjawab' : `Model gagal: ${outcome}`,
    detail: [model, formatDuration(durationMs), tokensIn + tokensOut > 0 ? `${tokensIn} + ${tokensOut} token` : '']
      .filter(Boolean)
      .join(' · '),
    tone: outcome === 'ok' ? 'good' : 'bad',
  }),
  'model.disabled': ({ model }) => ({ title: 'Model disisihkan satu jam', detail: model, tone: 'bad' }),
  'tool.called': ({ tool, ok, durationMs }) => ({
    title: ok ? 'Data diambil' : 'Alat gagal',
    detail: `${tool}, ${formatDuration(durationMs)}`,
    tone: ok ? 'good' : 'bad',
  }),
  'tool.prefetched': ({ tool, outcome, durationMs }) => ({
    title: outcome === 'ok' ? 'Data diambil lebih dahulu' : 'Data belum terbaca, model dapat memintanya',
    detail: `${tool}, ${formatDuration(durationMs)}`,
    tone: outcome === 'ok' ? 'good' : 'wait',
  }),
  'turn.started': ({ seqs, attempt }) => ({
    title: attempt > 1 ? `Giliran dilanjutkan (ke-${attempt})` : 'Giliran dimulai',
    detail: seqs.length > 1 ? `${seqs.length} pesan dijawab bersama` : '',
  }),
  'turn.joined': ({ seqs }) => ({ title: 'Pesan susulan digabung', detail: `${seqs.length} pesan dijawab bersama` }),
  'turn.reply-stored': ({ characters, parts }) => ({
    title: 'Balasan tersimpan',
    detail: parts > 1 ? `${characters} karakter, ${parts} bagian` : `${characters} karakter`,
    tone: 'good',
  }),
  'turn.retrying': ({ delayMs, upstream, reason }) => ({
    title: `Dicoba lagi dalam ${formatDuration(delayMs)}`,
    detail: `${nameOf(upstream)}: ${reason}`,
    tone: 'wait',
  }),
  'turn.postponed': ({ reason }) => ({ title: 'Giliran menunggu', detail: nameOf(reason), tone: 'wait' }),
  'turn.finished': ({ outcome, durationMs }) => ({
    title: 'Giliran selesai',
    detail: `${TURN_OUTCOMES[outcome] ?? outcome}, ${formatDuration(durationMs)} sejak pesan masuk`,
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
    detail: formatDuration(durationMs),
    tone: 'good',
    isDetail: of === 1,
  }),
  'part.uncertain': ({ part, of }) => ({ title: `Bagian ${part} dari ${of} mungkin sudah terkirim`, tone: 'wait' }),
  'chart.rendered': ({ durationMs }) => ({
    title: 'Grafik digambar',
    detail: formatDuration(durationMs),
    tone: 'good',
  }),
  'chart.failed': ({ name }) => ({ title: 'Grafik gagal digambar', detail: name, tone: 'bad' }),
  'file.replaced': ({ reason }) => ({
    title: 'Berkas diganti teks',
    detail: FILE_REASONS[reason] ?? reason,
    tone: 'wait',
  }),
  'spreadsheet.created': ({ rows, total }) => ({
    title: 'Excel dibuat',
    detail: rows < total ? `${rows} dari ${total} baris` : `${rows} baris`,
    tone: 'good',
  }),
  'spreadsheet.failed': ({ reason, name }) => ({
    title: 'Excel gagal dibuat',
    detail: `${reason}, ${name}`,
    tone: 'bad',
  }),
  'store.failed': ({ operation, code }) => ({
    title: 'Penyimpanan gagal',
    detail: `${operation}: ${code}`,
    tone: 'bad',
  }),
  'store.recovered': () => ({ title: 'Penyimpanan pulih', tone: 'good' }),
};

const FILE_REASONS: Record<string, string> = {
  package: 'paket FONNTE tidak mengirim berkas',
  rejected: 'FONNTE menolak berkasnya',
  lost: 'berkasnya tidak ada lagi',
};

const CALL_OUTCOMES: Record<string, string> = {
  refused: 'menolak',
  timeout: 'tidak menjawab tepat waktu',
  network: 'tidak terhubung',
  aborted: 'tidak ditunggu lagi',
  'breaker-open': 'tidak dipanggil, pemutus terbuka',
};

/** Converts a log line to a timeline event. @returns undefined for lines that are no event and no error */
export function describeLogLine(line: ServiceLine, people: readonly Person[]): TimelineEventInput | undefined {
  const { event, level, time, conversation, requestId: _, turnId: __, msg, ...fields } = line;
  const at = typeof time === 'number' ? time : Date.now();
  if (typeof event !== 'string') {
    const isError = typeof level === 'number' && level >= 50;
    return isError ? { source: 'service', at, title: String(msg ?? 'Kesalahan'), tone: 'bad' } : undefined;
  }
  // Skip the health checks of the demo itself.
  if (event === 'request.completed' && fields.route === '/api/health') return undefined;
  const person = people.find(({ masked }) => masked === conversation);
  const describe = EVENT_DESCRIPTIONS[event as Type] as
    | ((event: object, person: Person | undefined) => Description)
    | undefined;
  const description = describe?.(fields, person) ?? { title: event, detail: formatFields(fields), isDetail: true };
  return { source: 'service', at, phone: person?.phone ?? null, ...description };
}

function formatFields(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
