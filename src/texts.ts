import { readFileSync } from 'node:fs';

/** Every sentence that the service itself says to a WhatsApp user. `{name}` marks are filled in by `fill`. */
export const texts = {
  notLinked:
    'Nomor WhatsApp Anda belum terhubung dengan akun SAPA. Silakan login ke portal SAPA dan verifikasi nomor Anda terlebih dahulu.',
  notApproved: 'Nomor Anda sudah terhubung, tetapi akun SAPA Anda belum disetujui admin.',
  tooLong: 'Pesan Anda terlalu panjang (paling banyak {max} karakter). Mohon kirim pertanyaan yang lebih singkat.',
  rateLimited: 'Pesan Anda banyak sekaligus, jadi jawabannya perlu waktu sebentar. Mohon tunggu, ya.',
  wait: 'Sedang saya proses, mohon tunggu sebentar.',
  apology: 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.',
  blocked: 'Maaf, saya tidak dapat menjawab pertanyaan itu. Silakan ajukan pertanyaan lain seputar SAPA.',
  noAnswer: 'Maaf, saya belum menemukan jawabannya. Silakan ulangi dengan kata lain.',
  cut: '(Jawaban terpotong karena terlalu panjang. Silakan tanyakan bagian yang Anda perlukan.)',
  ungrounded: '⚠️ Angka ini tidak dapat dipastikan dari data SAPA: {figures}.',
  direct: '(jawaban otomatis tanpa AI)',
  tokensSpent:
    'Jatah pertanyaan Anda untuk hari ini sudah habis. Silakan lanjutkan besok; /bantuan dan /sumber tetap dapat dipakai.',
  help: [
    'Saya asisten {portal}. Tanyakan data anggaran dan kegiatan Anda, misalnya:',
    '{examples}',
    '',
    '/reset melupakan percakapan ini, /sumber menunjukkan asal angka terakhir.',
  ].join('\n'),
  reset: 'Baik, percakapan kita sudah saya lupakan. Silakan mulai dengan pertanyaan baru.',
  noSource: 'Belum ada jawaban berangka dalam percakapan ini, jadi belum ada sumber yang dapat ditunjukkan.',
  attachmentNotRead: 'Maaf, saya belum dapat membuka berkas atau media. Mohon tuliskan pertanyaan Anda sebagai teks.',
} satisfies Record<string, string>;

export type Texts = Record<keyof typeof texts, string>;

/** A text with its `{name}` marks replaced; a mark without a value stays as it is. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : mark,
  );
}

/**
 * The sentences with those of an operator's JSON file in place of ours.
 * @throws Error naming the file and what is wrong with it: not readable, unknown keys, empty or missing marks
 */
export function loadTexts(path: string | undefined): Texts {
  if (!path) return texts;
  const given = readJson(path);
  const problems = Object.entries(given).flatMap(([key, value]) => problemWith(key, value));
  if (problems.length > 0) throw new Error(`TEXTS_FILE ${path}: ${problems.join('; ')}`);
  return { ...texts, ...(given as Partial<Texts>) };
}

function readJson(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`TEXTS_FILE ${path}: tidak dapat dibaca sebagai JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`TEXTS_FILE ${path}: bukan objek JSON`);
  return value as Record<string, unknown>;
}

function problemWith(key: string, value: unknown): string[] {
  if (!Object.hasOwn(texts, key)) return [`${key}: kalimat ini tidak ada`];
  if (typeof value !== 'string' || value.trim() === '') return [`${key}: harus teks yang tidak kosong`];
  const marks = texts[key as keyof typeof texts].match(/\{\w+\}/g) ?? [];
  const missing = marks.filter((mark) => !value.includes(mark));
  return missing.length > 0 ? [`${key}: tanpa ${missing.join(' dan ')}`] : [];
}
