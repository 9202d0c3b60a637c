import createError from '@fastify/error';

export const InvalidBody = createError('INVALID_BODY', 'Isi permintaan tidak dapat dibaca.', 400);
export const UnreadableRequest = createError('UNREADABLE_REQUEST', 'Permintaan tidak dapat dibaca.', 400);
export const RequestTooSlow = createError('REQUEST_TOO_SLOW', 'Permintaan tidak selesai dikirim pada waktunya.', 408);
export const HeadersTooLarge = createError('HEADERS_TOO_LARGE', 'Header permintaan terlalu besar.', 431);
export const BodyTooLarge = createError('BODY_TOO_LARGE', 'Isi permintaan terlalu besar.', 413);
export const UnsupportedMediaType = createError('UNSUPPORTED_MEDIA_TYPE', 'Jenis isi permintaan tidak didukung.', 415);
export const Unauthorized = createError('UNAUTHORIZED', 'Kunci tidak ada atau tidak cocok.', 401);
export const ForbiddenAddress = createError('FORBIDDEN_ADDRESS', 'Alamat asal tidak diizinkan.', 403);
export const TooManyFailedCalls = createError('TOO_MANY_FAILED_CALLS', 'Terlalu banyak percobaan yang gagal.', 429);
export const AdminDisabled = createError('ADMIN_DISABLED', 'Kunci admin belum dikonfigurasi.', 503);
export const InvalidRequest = createError('INVALID_REQUEST', 'Permintaan tidak sesuai: %s', 400);
export const NotFound = createError('NOT_FOUND', 'Tidak ditemukan.', 404);
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
export const DeadLetterRunning = createError('ALREADY_RUNNING', 'Surat mati ini sedang diproses.', 409);

/** The store could not keep or read something: full, locked, corrupt or closed disk. `cause` is the engine's error. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('the store is not available', { cause });
  }
}
