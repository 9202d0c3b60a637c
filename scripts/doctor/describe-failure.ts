import { RESPONSE_TOO_LARGE } from '../../src/supabase/client.ts';
import { SapaTooLargeError, SapaUnavailableError } from '../../src/supabase/paging.ts';
import { UpstreamCallError, UpstreamRejectedError } from '../../src/upstream/errors.ts';
import { isResponseTooLarge } from '../../src/upstream/http-client.ts';
import type { Finding } from './check.ts';

type Failure = Pick<Finding, 'text' | 'fix'>;

/** Failures without a response, by words of their errors; the first that matches counts. */
const FAILURES: [pattern: RegExp, failure: Failure][] = [
  [
    /CERT_|_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS|ERR_SSL|EPROTO/,
    {
      text: 'Sambungan TLS gagal: sertifikatnya tidak dapat dipercaya, atau alamat itu tidak melayani https.',
      fix: 'Periksa alamat, jam mesin, dan proksi jaringan. Jangan mematikan pemeriksaan sertifikat.',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ERR_INVALID_URL/,
    { text: 'Nama host tidak dikenal.', fix: 'Periksa ejaan alamat dan DNS mesin.' },
  ],
  [
    /ECONNREFUSED/,
    { text: 'Sambungan ditolak: tidak ada yang mendengarkan di alamat itu.', fix: 'Periksa alamat dan port.' },
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CONNECT_TIMEOUT/,
    { text: 'Tidak tersambung.', fix: 'Periksa jaringan dan firewall mesin.' },
  ],
  [
    /ECONNRESET|UND_ERR_SOCKET|EPIPE|aborted|terminated/,
    { text: 'Sambungan terputus sebelum jawaban lengkap.', fix: 'Ulangi. Bila tetap, periksa jaringan dan proksi.' },
  ],
  [
    /SyntaxError|is not valid JSON|Unexpected (?:token|end)|without rows/,
    {
      text: 'Jawabannya bukan JSON yang semestinya.',
      fix: 'Periksa apakah alamatnya benar dan tidak melewati proksi.',
    },
  ],
];

const TOO_LARGE: Failure = {
  text: 'Jawabannya jauh lebih besar daripada yang wajar.',
  fix: 'Periksa apakah alamatnya benar dan tidak melewati proksi.',
};
const TIMEOUT: Failure = {
  text: 'Tidak ada jawaban dalam 5 detik.',
  fix: 'Ulangi. Bila tetap, periksa jaringan dan keadaan penyedianya.',
};

/** Describes why a check has no result. The text may quote the upstream: `redact` cleans it before it is printed. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof SapaUnavailableError) return describeFailure(error.cause);
  if (error instanceof SapaTooLargeError) return TOO_LARGE;
  if (error instanceof UpstreamRejectedError)
    return error.label === RESPONSE_TOO_LARGE ? TOO_LARGE : { text: `Ditolak: ${error.reason}` };
  if (error instanceof UpstreamCallError && error.kind !== 'network') return TIMEOUT;
  if (isTimeout(error)) return TIMEOUT;
  if (isResponseTooLarge(error)) return TOO_LARGE;
  const words = collectWords(error);
  const failure = FAILURES.find(([pattern]) => pattern.test(words))?.[1];
  return failure ?? { text: `Pemeriksaan gagal: ${error instanceof Error ? error.message : String(error)}` };
}

/** Whether nothing listens at the address. */
export function isRefused(error: unknown): boolean {
  return /ECONNREFUSED/.test(collectWords(error));
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** Joins name, code, message and details of an error and its causes; postgrest-js reports errors as plain objects. */
function collectWords(error: unknown): string {
  const words: unknown[] = [];
  for (let current = error, depth = 0; typeof current === 'object' && current !== null && depth < 6; depth++) {
    const { name, code, message, details, cause, errors } = current as Record<string, unknown>;
    words.push(name, code, message, details);
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return words.filter((word) => typeof word === 'string').join(' ');
}
