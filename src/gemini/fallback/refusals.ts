import { hasWord } from './question/intent-types.ts';
import type { ParsedQuestion } from './question/parse-question.ts';

/** A request to change data: begins with the verb, or with polite words and the verb. */
const CHANGE_REQUEST =
  /^ (?:(?:tolong|mohon|bisa|bisakah|coba|bantu|harap|minta) )*(?:ubah|ubahkan|ganti|gantikan|hapus|hapuskan|tambah|tambahkan|batalkan|pindahkan|setujui|buatkan (?:kegiatan|rapat)) /;
/** A request for a file, not for an activity with «file» in its name. */
const FILE_REQUEST =
  / (?:kirim|kirimkan|minta|unduh|download|mana) (?:\S+ ){0,2}(?:file|filenya|berkas|berkasnya|dokumen|dokumennya|pdf|undangan|undangannya) /;
const TIME_OR_PLACE =
  / (?:jam|pukul|lokasi|lokasinya|dimana|di mana|zoom) | (?:tempat|ruang|ruangan)(?:nya)? (?:\S+ ){0,3}(?:mana|apa|berapa) | (?:apa|mana|berapa) (?:tempat|ruang|ruangan) /;
const SPENDING_PLAN = / (?:rpd|rencana penarikan) /;
const OTHERS =
  / (?:milik|punya|kepunyaan) (?:orang|teman|rekan|dia|mereka|unit|bagian) | (?:unit|orang|bagian|pegawai|user|pengguna|satker|instansi|lembaga|kementerian|biro|deputi|direktorat) lain /;

/** Names the requested data that SAPA does not contain here. @returns null if the question requests no such data */
export function unsupportedTopic(question: ParsedQuestion): string | null {
  const { words, person } = question;
  if (CHANGE_REQUEST.test(words)) return 'perubahan data dari WhatsApp';
  if (SPENDING_PLAN.test(words)) return 'rencana penarikan dana (RPD)';
  if (TIME_OR_PLACE.test(words)) return 'jam dan tempat kegiatan';
  if (FILE_REQUEST.test(words)) return 'berkas dan undangan';
  // A name next to activities is a person in charge; next to money it is another user.
  const isOthersBudget = person !== null && isAboutMoney(question) && !hasWord(question, 'kegiatan', 'penanggung');
  return OTHERS.test(words) || isOthersBudget ? 'data orang lain' : null;
}

/** Returns whether a question names budget figures. */
export function isAboutMoney(question: ParsedQuestion): boolean {
  const { measure, accounts, code } = question;
  return (
    measure !== null ||
    accounts.length > 0 ||
    code !== null ||
    hasWord(question, 'anggaran', 'outstanding', 'komitmen', 'belanja', 'akun', 'dipa')
  );
}
