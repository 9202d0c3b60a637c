import createError from '@fastify/error';

/** The body of every error response. */
export interface ErrorBody {
  error: string;
  code: string;
}

/** Bodies for errors that only have a status: Fastify's own and those of @fastify/sensible. */
const GENERIC_ERRORS: Readonly<Record<number, ErrorBody>> = {
  400: { error: 'Isi permintaan tidak dapat dibaca.', code: 'INVALID_BODY' },
  404: { error: 'Tidak ditemukan.', code: 'NOT_FOUND' },
  408: { error: 'Permintaan tidak selesai dikirim pada waktunya.', code: 'REQUEST_TOO_SLOW' },
  413: { error: 'Isi permintaan terlalu besar.', code: 'BODY_TOO_LARGE' },
  414: { error: 'Tidak ditemukan.', code: 'NOT_FOUND' },
  415: { error: 'Jenis isi permintaan tidak didukung.', code: 'UNSUPPORTED_MEDIA_TYPE' },
  431: { error: 'Header permintaan terlalu besar.', code: 'HEADERS_TOO_LARGE' },
  500: { error: 'Terjadi kesalahan pada layanan.', code: 'INTERNAL_ERROR' },
};

/** @returns the body for `status`; for a 4xx that is not in the table, the one of 400. */
export function genericErrorBody(status: number): ErrorBody {
  return (GENERIC_ERRORS[status] ?? GENERIC_ERRORS[status < 500 ? 400 : 500]) as ErrorBody;
}

// Coded errors. The messages are sent to the caller.

export const Unauthorized = createError('UNAUTHORIZED', 'Kunci tidak ada atau tidak cocok.', 401);
export const ForbiddenAddress = createError('FORBIDDEN_ADDRESS', 'Alamat asal tidak diizinkan.', 403);
export const TooManyFailedCalls = createError('TOO_MANY_FAILED_CALLS', 'Terlalu banyak percobaan yang gagal.', 429);
export const AdminDisabled = createError('ADMIN_DISABLED', 'Kunci admin belum dikonfigurasi.', 503);
export const TooManyConsoles = createError(
  'TOO_MANY_CONSOLES',
  'Terlalu banyak konsol yang terbuka. Tutup salah satunya.',
  503,
);
export const InvalidRequest = createError('INVALID_REQUEST', 'Permintaan tidak sesuai: %s', 400);
export const InvalidMessage = createError('INVALID_MESSAGE', 'Sender dan pesan wajib diisi.', 400);
export const RateLimited = createError('RATE_LIMITED', 'Terlalu banyak pesan. Silakan tunggu sebentar.', 429);
export const MessageTooLong = createError('MESSAGE_TOO_LONG', 'Pesan terlalu panjang.', 400);
export const NotLinked = createError('NOT_LINKED', 'Nomor belum terverifikasi.', 403);
export const NotApproved = createError('NOT_APPROVED', 'Nomor belum terverifikasi.', 403);
export const InboxUnavailable = createError('INBOX_UNAVAILABLE', 'Layanan sedang tidak dapat menerima pesan.', 503);
export const FonnteRejected = createError('FONNTE_REJECTED', 'FONNTE menolak pesan.', 502);
export const FonnteUnreachable = createError('FONNTE_UNREACHABLE', 'FONNTE tidak dapat dihubungi.', 502);
export const SendInProgress = createError(
  'SEND_IN_PROGRESS',
  'Pengiriman dengan Idempotency-Key ini sudah dimulai dan hasilnya belum diketahui.',
  409,
);
export const IdempotencyKeyReused = createError(
  'IDEMPOTENCY_KEY_REUSED',
  'Idempotency-Key ini sudah dipakai untuk pesan lain.',
  422,
);
export const DeadLetterRunning = createError('ALREADY_RUNNING', 'Pesan gagal ini sedang diproses.', 409);

/** A read or write of the store failed: disk full, locked, corrupt or closed. `cause` is the database's error. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('the store is not available', { cause });
  }
}

/** A rejection handler for work that can be left undone while the store is unavailable, which it reports itself. @throws any other error */
export function ignoreStoreUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}
