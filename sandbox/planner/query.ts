import { readBounds, readLimit, readOrdinal, readPercent } from './amounts.ts';
import type { Day } from './dates.ts';
import { findGoal } from './goals.ts';
import { readTime } from './periods.ts';
import { readBudgetSlots } from './query-budget.ts';
import type { Only, Query } from './slots.ts';
import { findSearchTerm, joinCanonical, readWords } from './words.ts';

const STATUSES = ['rencana', 'komitmen', 'outstanding', 'terbayar', 'selesai', 'draft'];
/** Nouns that name an activity without the word «kegiatan». */
const ACTIVITY_NOUNS =
  /^(?:rapat|lokakarya|bimbingan|bimtek|pelatihan|monitoring|sosialisasi|fgd|kunjungan|evaluasi|penyusunan|workshop|forum)\b/i;

/** Parses a question into slots. Deterministic for a text and a day. */
export function readQuery(text: string, today: Day): Query {
  // Remove the notes of the service about files and locations in parentheses.
  const written = text.replace(/\((?:mengirim|Lokasi)[^()]*\)/g, ' ');
  const words = readWords(written);
  const normalized = joinCanonical(words);
  const only = findCondition(normalized);
  const person = / (?:pak|bu|saudara|dipegang|ditangani|dipimpin) ((?:\S+ )+)/.test(normalized)
    ? findPerson(written)
    : null;
  const budget = readBudgetSlots(words, normalized, written);
  const term = budget.accounts.length > 0 || budget.code ? null : findSearchTerm(words);
  const quoted = /[«"“]([^»"”]{2,80})[»"”]/.exec(written)?.[1];
  const slots = {
    ...readTime(normalized, today),
    ...budget,
    text: written,
    normalized,
    only,
    person,
    keyword: quoted ?? (term === person ? null : term),
    order: / terendah /.test(normalized) ? ('asc' as const) : / tertinggi /.test(normalized) ? ('desc' as const) : null,
    limit: readLimit(normalized),
    bounds: readBounds(written, normalized),
    percent: readPercent(written),
    ordinal: readOrdinal(normalized),
    continues: /^ (?:kalau|bagaimana|terus|lalu|dan) /.test(normalized),
  };
  const subject = findSubject(slots);
  const status = subject === 'activities' ? findStatus(normalized) : null;
  const measure = subject === 'activities' ? null : budget.measure;
  return { ...slots, subject, status, measure, goal: findGoal({ ...slots, subject, status, measure }) };
}

function findCondition(normalized: string): Only | null {
  if (normalized.includes(' terlambat ')) return 'overdue';
  if (normalized.includes(' undated ')) return 'undated';
  return normalized.includes(' kendala ') ? 'has_issue' : null;
}

function findSubject(slots: Pick<Query, 'normalized' | 'only' | 'measure' | 'keyword' | 'days' | 'accounts' | 'code'>) {
  const { normalized, only, measure, keyword, days, accounts, code } = slots;
  if (accounts.length > 0 || / tiap kegiatan | anggaran (?:\S+ )*cukup /.test(normalized)) return 'budget';
  // «Yang masih komitmen apa saja» asks for activities, «komitmen berapa» for an amount.
  const asksForList = / apa saja /.test(normalized) && !/ (?:berapa|sisa|setelah) /.test(normalized);
  if (asksForList && / (?:komitmen|outstanding|belum terbayar) /.test(normalized)) return 'activities';
  if (/ (?:kegiatan|pic|dipegang|ditangani|dipimpin) /.test(normalized) || only) return 'activities';
  if (measure || code || / (?:anggaran|belanja|akun|rincian|laporan|dipa|minus) /.test(normalized)) {
    return 'budget';
  }
  if (keyword && ACTIVITY_NOUNS.test(keyword)) return 'activities';
  return days && / (?:apa|ada|ngapain|kemana) /.test(normalized) ? 'activities' : null;
}

function findStatus(normalized: string): string | null {
  if (/ belum terbayar /.test(normalized)) return 'outstanding';
  // «rencana kegiatan» is a plan of any status.
  const stated = normalized.replace(' rencana kegiatan ', ' kegiatan ');
  return STATUSES.find((status) => stated.includes(` ${status} `)) ?? null;
}

/** @returns the unknown words after a form of address: «Pak Bagas Prakoso» */
function findPerson(text: string): string | null {
  const [, name = ''] =
    /\b(?:dipegang|ditangani|dipimpin|pak|bapak|bpk|bu|ibu|sdr|saudara|mas|mbak)\s+(?:(?:oleh|pak|bapak|bu|ibu)\s+)*(.+)/iu.exec(
      text,
    ) ?? [];
  const words = readWords(name);
  const end = words.findIndex(({ known }) => known);
  const found = (end < 0 ? words : words.slice(0, end)).slice(0, 3).map(({ written }) => written);
  return found.length > 0 ? found.join(' ') : null;
}
