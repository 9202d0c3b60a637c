/** The Indonesian words for the values of the service; a value that is missing here is shown as it is. */
export const word = (texts, value) => (Object.hasOwn(texts, value) ? texts[value] : value);

export const COMPONENTS = {
  store: 'Penyimpanan',
  supabase: 'Supabase',
  gemini: 'Gemini',
  fonnte: 'FONNTE',
  device: 'Perangkat WhatsApp',
  inbox: 'Kotak masuk',
};

/** What a check means; `ok` is «baik». */
export const CHECKS = {
  ok: 'Baik',
  full: 'Disk penuh',
  locked: 'Dikunci program lain',
  corrupt: 'Berkas rusak',
  failed: 'Gagal dibaca atau ditulis',
  closed: 'Tertutup',
  stopping: 'Layanan sedang berhenti',
  open: 'Gagal berturut-turut; panggilan dihentikan sejenak',
  'half-open': 'Sedang dicoba lagi',
  unauthorized: 'Kunci layanan ditolak',
  'schema-cache': 'Skema tabel belum dimuat ulang',
  'model-open': 'Satu model terganggu; model lain menjawab',
  'model-disabled': 'Satu model tidak dikenal Google',
  disconnected: 'Terputus dari WhatsApp',
  late: 'Ada pesan yang menunggu lebih dari 5 menit',
};

export const MODELS = {
  ok: 'baik',
  open: 'dihentikan sejenak',
  'half-open': 'sedang dicoba lagi',
  disabled: 'tidak dikenal Google',
};

export const UPSTREAMS = { supabase: 'Supabase', gemini: 'Gemini', fonnte: 'FONNTE', service: 'Layanan' };

export const ALERTS = {
  'device-disconnected': 'Perangkat WhatsApp terputus',
  'quota-low': 'Kuota FONNTE hampir habis',
  'package-expiring': 'Paket FONNTE segera berakhir',
  'token-rejected': 'Token FONNTE ditolak',
  'dead-letter': 'Ada pesan gagal',
  'supabase-down': 'Supabase tidak dapat dihubungi',
  'gemini-down': 'Gemini tidak dapat dihubungi',
  'fonnte-down': 'FONNTE tidak dapat dihubungi',
  'inbox-late': 'Pesan terlambat dijawab',
  inactivity: 'Tidak ada pesan masuk pada jam kerja',
  'ambiguous-user': 'Satu nomor pada beberapa akun',
  'store-failed': 'Penyimpanan gagal',
  'store-quarantined': 'Berkas penyimpanan rusak disisihkan',
  clock: 'Jam server tidak sesuai',
};

export const OUTCOMES = {
  accepted: 'Diterima',
  answered: 'Dijawab',
  'dead-lettered': 'Gagal',
  paused: 'Berakhir tanpa jawaban selama jeda',
  'not-linked': 'Diberi tahu: nomor belum tertaut',
  'not-approved': 'Diberi tahu: akun belum disetujui',
  'too-long': 'Diberi tahu: pesan terlalu panjang',
  'rate-limited': 'Diberi tahu: terlalu banyak pesan',
  'token-budget-exceeded': 'Diberi tahu: kuota AI harian habis',
  'reply-loop': 'Diberi tahu: balasan berulang',
  'owner-changed': 'Dihentikan: nomor berpindah pemilik',
  'quota-reserved': 'Tidak dikirim: kuota disisakan',
  NOT_LINKED: 'Ditolak: nomor belum tertaut',
  NOT_APPROVED: 'Ditolak: akun belum disetujui',
  RATE_LIMITED: 'Ditolak: terlalu banyak pesan',
  MESSAGE_TOO_LONG: 'Ditolak: pesan terlalu panjang',
  TOKEN_BUDGET_EXCEEDED: 'Tidak dijawab: kuota AI harian habis',
  REPLY_LOOP: 'Tidak dijawab: balasan berulang',
};

export const EVENT_KINDS = {
  all: 'Semua',
  message: 'Pesan',
  answer: 'Jawaban',
  problem: 'Gangguan',
  admin: 'Petugas',
  service: 'Layanan',
};
