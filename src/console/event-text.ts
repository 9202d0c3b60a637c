import type { EventRecord, ServiceEvent } from '../events.ts';

/** The groups by which the console filters events. */
export const EVENT_KINDS = ['message', 'answer', 'problem', 'admin', 'service'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Events of every single request: too many for a person to read. */
type RequestEvent = 'request.completed' | 'upstream.called' | 'tool.called' | 'tool.prefetched';
type ShownEvent = Exclude<ServiceEvent['type'], RequestEvent>;
type Descriptions = {
  readonly [Type in ShownEvent]: [kind: EventKind, describe: (event: Extract<EventRecord, { type: Type }>) => string];
};

const duration = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${number(Math.round(ms / 100) / 10)} detik`);
const NUMBERS = new Intl.NumberFormat('id-ID');
const number = (value: number) => NUMBERS.format(value);
const UPSTREAM_NAMES: Record<string, string> = { supabase: 'Supabase', gemini: 'Gemini', fonnte: 'FONNTE' };
const upstreamName = (name: string) => UPSTREAM_NAMES[name] ?? name;
const BREAKER_TEXTS = {
  closed: 'dapat dihubungi kembali',
  open: 'gagal berturut-turut; panggilan dihentikan sejenak',
  'half-open': 'sedang dicoba lagi',
};
/** Results of requests to a model, and of turns; any other word is shown as it is. */
const RESULT_TEXTS: Record<string, string> = {
  ok: 'berhasil',
  rejected: 'ditolak',
  timeout: 'melewati batas waktu',
  network: 'tidak terhubung',
  aborted: 'dibatalkan',
  'breaker-open': 'tidak ditanya, sedang dihentikan',
  answered: 'dijawab',
  apologized: 'permintaan maaf terkirim',
  unreachable: 'FONNTE tidak dapat dihubungi',
  'not-linked': 'nomor belum tertaut',
  'not-approved': 'akun belum disetujui',
  'too-long': 'pesan terlalu panjang',
  'rate-limited': 'terlalu banyak pesan',
  'token-budget-exceeded': 'kuota AI harian habis',
  'reply-loop': 'balasan berulang',
  'owner-changed': 'nomor berpindah pemilik',
  'quota-reserved': 'kuota disisakan',
};
const result = (word: string) => RESULT_TEXTS[word] ?? word;
const DEVICE_TEXTS = { connect: 'tersambung', disconnect: 'terputus', unknown: 'belum diketahui' };
const REFUSAL_TEXTS = {
  RATE_LIMITED: 'terlalu banyak pesan dalam satu menit',
  MESSAGE_TOO_LONG: 'pesan terlalu panjang',
  NOT_LINKED: 'nomor belum tertaut',
  NOT_APPROVED: 'akun belum disetujui',
  INBOX_UNAVAILABLE: 'pesan tidak dapat disimpan',
};
const ACTION_TEXTS: Record<string, string> = {
  'list-conversations': 'membaca daftar percakapan',
  'list-dead-letters': 'membaca daftar pesan gagal',
  show: 'membuka nomor dan percakapan',
  forget: 'menghapus data satu nomor',
  replay: 'memutar ulang pesan gagal',
  discard: 'membuang pesan gagal',
  send: 'mengirim pesan',
  'open-console': 'membuka konsol',
  pause: 'menjeda percakapan',
  resume: 'melanjutkan percakapan',
};

/** The group and the Indonesian sentence of each event. */
const DESCRIPTIONS: Descriptions = {
  'message.accepted': ['message', () => 'Pesan diterima dan disimpan'],
  'message.held': ['message', ({ waiting }) => `Percakapan dijeda: pesan masuk ke sesi, ${waiting} menunggu`],
  'message.duplicate': ['message', () => 'Panggilan ulang untuk pesan yang sama; tidak diproses lagi'],
  'message.refused': ['message', ({ code }) => `Pesan ditolak: ${REFUSAL_TEXTS[code]}`],
  'notice.suppressed': [
    'message',
    ({ notice }) => `Pemberitahuan tidak dikirim karena kuota atau batas (${result(notice)})`,
  ],
  'webhook.ignored': ['message', ({ reason }) => `Panggilan tanpa pesan pengguna (${reason})`],
  'user.identified': [
    'message',
    ({ linked, approved }) =>
      !linked ? 'Nomor tidak tertaut' : approved ? 'Pengguna dikenali' : 'Akun belum disetujui',
  ],
  'delivery.status': ['message', ({ status }) => `Status pengiriman dari FONNTE: ${status}`],
  'media.fetched': ['message', ({ outcome, bytes }) => `Lampiran diambil: ${outcome}, ${number(bytes)} byte`],
  'turn.started': [
    'answer',
    ({ attempt }) => (attempt > 1 ? `Giliran dimulai, percobaan ${attempt}` : 'Giliran dimulai'),
  ],
  'turn.identified': ['message', ({ outcome }) => `Pengguna giliran dicari: ${outcome}`],
  'turn.joined': ['answer', ({ seqs }) => `Pesan digabung ke giliran yang berjalan (${seqs.length} pesan)`],
  'model.called': [
    'answer',
    ({ model, outcome, durationMs, tokensIn, tokensCached, tokensOut, tokensThought }) =>
      `${model}: ${result(outcome)}, ${duration(durationMs)}, ${number(tokensIn + tokensCached + tokensOut + tokensThought)} token`,
  ],
  'answer.checked': [
    'answer',
    ({ grounded, ungrounded }) =>
      grounded + ungrounded === 0
        ? 'Jawaban tanpa angka'
        : `Angka diperiksa: ${grounded} terbukti, ${ungrounded} tidak terbukti`,
  ],
  'answer.rule-based': ['answer', ({ intent }) => `Dijawab tanpa AI (${intent})`],
  'turn.reply-stored': ['answer', ({ parts }) => `Balasan disimpan, ${parts} bagian`],
  'part.sent': ['answer', ({ part, of }) => `Bagian ${part} dari ${of} terkirim`],
  'turn.finished': [
    'answer',
    ({ outcome, durationMs }) => `Giliran selesai (${result(outcome)}) dalam ${duration(durationMs)}`,
  ],
  'part.uncertain': ['problem', ({ part, of }) => `Bagian ${part} dari ${of} belum pasti terkirim; dikirim ulang`],
  'file.replaced': ['problem', () => 'Berkas balasan tidak dapat dikirim; isinya dikirim sebagai teks'],
  'spreadsheet.created': ['answer', ({ rows, total }) => `Excel dibuat: ${rows} dari ${total} baris`],
  'spreadsheet.failed': ['problem', ({ reason }) => `Excel tidak dapat dibuat (${reason})`],
  'chart.rendered': ['answer', ({ durationMs }) => `Grafik digambar dalam ${duration(durationMs)}`],
  'chart.failed': ['problem', ({ name }) => `Grafik gagal digambar dan dikirim sebagai teks (${name})`],
  'turn.retrying': [
    'problem',
    ({ upstream, reason, delayMs }) =>
      `Dicoba lagi ${duration(delayMs)} kemudian. ${upstreamName(upstream)}: ${reason}`,
  ],
  'turn.postponed': ['problem', ({ reason }) => `Giliran ditunda (${reason})`],
  'turn.dropped': ['problem', ({ reason }) => `Giliran dihentikan tanpa balasan (${result(reason)})`],
  'turn.dead-lettered': ['problem', ({ upstream, reason }) => `Pesan gagal. ${upstreamName(upstream)}: ${reason}`],
  'turn.failed': ['problem', ({ name }) => `Kesalahan di layanan saat menjawab (${name})`],
  'service.failed': ['problem', ({ name }) => `Kesalahan yang tidak tertangani (${name})`],
  'request.failed': ['problem', ({ name }) => `Kesalahan saat melayani permintaan (${name})`],
  'auth.failed': ['problem', ({ code }) => `Panggilan dengan kunci atau alamat yang keliru (${code})`],
  'user.ambiguous': ['problem', ({ matches }) => `Satu nomor dipakai ${matches} akun yang disetujui`],
  'user.lookup-incomplete': ['problem', ({ matches }) => `Terlalu banyak akun bernomor mirip; ${matches} cocok`],
  'breaker.changed': [
    'problem',
    ({ upstream, model, state }) => `${model ?? upstreamName(upstream)} ${BREAKER_TEXTS[state]}`,
  ],
  'model.disabled': ['problem', ({ model }) => `${model} tidak dikenal Google dan dilewati`],
  'clock.checked': [
    'problem',
    ({ state, hours }) => (state === 'ok' ? 'Jam server sesuai' : `Jam server berbeda ${number(hours)} jam`),
  ],
  'alert.sent': ['problem', ({ kind, state }) => `Peringatan ${state === 'firing' ? 'dikirim' : 'berakhir'} (${kind})`],
  'alert.check-failed': ['problem', ({ name }) => `Pemeriksaan peringatan gagal (${name})`],
  'alert.failed': ['problem', ({ kind, channel }) => `Peringatan tidak sampai lewat ${channel} (${kind})`],
  'store.failed': ['problem', ({ operation, code }) => `Penyimpanan gagal: ${operation} (${code})`],
  'store.recovered': ['problem', () => 'Penyimpanan pulih'],
  'store.quarantined': ['problem', () => 'Berkas penyimpanan rusak dan disisihkan'],
  'admin.acted': ['admin', ({ name, action }) => `${name} ${ACTION_TEXTS[action] ?? action}`],
  'send.manual': ['admin', ({ outcome }) => `Pesan petugas: ${outcome === 'ok' ? 'diterima FONNTE' : result(outcome)}`],
  'service.started': [
    'service',
    ({ version, pending }) => `Layanan mulai, versi ${version}, ${pending} pesan menunggu`,
  ],
  'service.stopping': ['service', ({ reason }) => `Layanan mulai berhenti (${reason})`],
  'service.stopped': ['service', ({ unfinished }) => `Layanan berhenti, ${unfinished} giliran belum selesai`],
  'device.status': ['service', ({ status }) => `Perangkat WhatsApp ${DEVICE_TEXTS[status]}`],
  'device.checked': [
    'service',
    ({ status, quota }) =>
      `Perangkat diperiksa: ${DEVICE_TEXTS[status]}${quota === null ? '' : `, sisa kuota ${number(quota)}`}`,
  ],
  'rows.skipped': ['service', ({ table, count }) => `${count} baris ${table} tidak terbaca`],
  'store.pruned': ['service', ({ rows }) => `${number(rows)} baris yang kedaluwarsa dihapus`],
};

const descriptionOf = (type: EventRecord['type']) =>
  (DESCRIPTIONS as Partial<Record<string, [EventKind, (event: EventRecord) => string]>>)[type];

/** Returns the group of an event; null for events that the console does not show. */
export function eventKind(type: EventRecord['type']): EventKind | null {
  return descriptionOf(type)?.[0] ?? null;
}

/** Returns the sentence of an event; '' for events that the console does not show. */
export function describeEvent(event: EventRecord): string {
  return descriptionOf(event.type)?.[1](event) ?? '';
}
