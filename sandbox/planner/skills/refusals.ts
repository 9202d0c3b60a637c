import type { Skill } from '../plan.ts';
import type { Query } from '../slots.ts';

/** A request to change data: a verb at the start or after a request phrase. */
const CHANGE =
  /^ (?:(?:tolong|mohon|coba|bisa|bantu|minta|harap|pak|bu|kak|min) )*(?:ubah|hapus|tambah|buatkan kegiatan) /;
const FILE = / (?:kirim|minta|unduh|mana|bagikan) (?:\S+ ){0,2}berkas | berkas (?:\S+ ){0,3}(?:kirim|unduh) /;
const OTHER_UNITS =
  / (?:milik|punya|punyanya) (?:orang|teman|rekan|unit|bagian|dia|mereka) | (?:unit|orang|bagian|pegawai) lain /;

/** @returns the name of a topic that SAPA does not contain; null for other questions */
function findUnavailable({ normalized, person, subject }: Query): string | null {
  if (CHANGE.test(normalized)) return 'perubahan data';
  if (/ rpd | penarikan /.test(normalized)) return 'rencana penarikan dana (RPD)';
  if (/ (?:jam|lokasi|dimana) | di mana /.test(normalized)) return 'jam dan tempat kegiatan';
  if (FILE.test(normalized)) return 'berkas dan undangan';
  const isOthersBudget = person !== null && subject === 'budget';
  return OTHER_UNITS.test(normalized) || isOthersBudget ? 'data milik orang lain' : null;
}

/** Questions about topics that SAPA does not contain. They need no function call. */
export const REFUSAL_SKILL: Skill = {
  name: 'unavailable',
  fits: (query) => findUnavailable(query) !== null,
  // biome-ignore lint/correctness/useYield: every plan is a generator; this one calls nothing.
  *plan(query) {
    return `Maaf, di sini tidak tersedia ${findUnavailable(query)}. Silakan buka portal SAPA untuk keperluan itu.`;
  },
};
