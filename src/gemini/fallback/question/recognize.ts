import { daysOfMonth } from '../../../supabase/calendar.ts';
import { isAboutMoney } from '../refusals.ts';
import { hasWord as has } from './intent-types.ts';
import type { ParsedQuestion } from './parse-question.ts';
import { activityFilter, excludesStatus, statusOf } from './question-arguments.ts';

/** Nouns that name an activity without the word «kegiatan». */
const ACTIVITY_NOUNS =
  /^(?:rapat|lokakarya|bimbingan|bimtek|pelatihan|monitoring|sosialisasi|fgd|kunjungan|evaluasi|penyusunan|workshop|forum|audiensi|kunker)\b/i;
/** Words that make a question about the budget particular, so that the totals do not answer it. */
const NARROWING =
  / (?:kegiatan|rencana|alokasi|terlambat|kendala|siapa|penanggung|kapan|kenapa|mana|cukup|lain|lainnya|program|output|kro|ro|komponen|subkomponen|dimana|kemana|akun|rincian|baris|minus|naik|turun|tren|banding|selisih|kurang|lebih|atas|bawah|sama|besok|lusa|minggu depan|bulan depan) /;
/** A number that is no year and no percentage: the totals would ignore it. */
const UNEXPLAINED_NUMBER = / (?!20\d\d )\d+ /;
/** Maximum words of a question with a search term. */
const MAX_FOUND_ROW_WORDS = 10;
const MAX_ACTIVITY_WORDS = 8;
/** Words between «kegiatan» and a search term. */
const CONNECTING_WORDS = /^(?:dengan|terkait|tentang|soal|mengenai|di|ke|dari|untuk|bersama|yang|punya)$/;
/** Words that do not narrow a question for all activities. */
const GENERAL_ACTIVITY_WORDS = new Set(
  'kegiatan apa saja saya kami kita semua semuanya seluruh daftar list tampilkan lihat tolong dong ya ada yang punya terbaru di sapa mohon coba bisa sebutkan cek info ini'.split(
    ' ',
  ),
);

/** Returns whether a question concerns activities: «kegiatan», but not the level «per kegiatan». */
export function isAboutActivities({ words, keyword, groupBy }: ParsedQuestion): boolean {
  return groupBy === null && (words.includes(' kegiatan ') || ACTIVITY_NOUNS.test(keyword));
}

/** Whether a question names something that is no account or code («konsumsi rapat»): figures of the whole budget do not answer it. */
export function namesSomethingElse({ keyword, accounts, code }: ParsedQuestion): boolean {
  return keyword !== '' && accounts.length === 0 && code === null;
}

/** Returns whether a condition such as «terlambat» concerns activities: they are named, or nothing else is. */
export function isConditionOfActivities(question: ParsedQuestion): boolean {
  return isAboutActivities(question) || (question.keyword === '' && !isAboutMoney(question));
}

/** «Lock pagu berapa», «ada blokir di akun 521211?»; not a blocked number. */
export function asksForLockedPagu(question: ParsedQuestion): boolean {
  if (!has(question, 'blokir') || has(question, 'kegiatan') || question.groupBy !== null) return false;
  if (namesSomethingElse(question)) return false;
  return question.accounts.length > 0 || has(question, 'pagu', 'anggaran', 'akun', 'berapa', 'total', 'jumlah');
}

/** «Angka itu dari mana?», «sumbernya apa?»; not the source of an activity's money. */
export function asksForSources(question: ParsedQuestion): boolean {
  const { words, accounts, keyword, tokens } = question;
  if (accounts.length > 0 || keyword !== '' || has(question, 'kegiatan') || tokens.length > 9) return false;
  return (
    (/ (?:dari mana|darimana) /.test(words) && has(question, 'angka', 'data', 'jumlah', 'itu', 'ini', 'hasil')) ||
    (tokens.length <= 2 && has(question, 'sumber')) ||
    / sumber (?:(?:data|angka|itu|ini|nya) )*(?:apa|mana|dari|itu|ini|angka|data)(?= )/.test(words)
  );
}

/** «Yang nomor 2 rinciannya?»; not the number of a document. */
export function asksForListEntry({ ordinal, keyword, tokens }: ParsedQuestion): boolean {
  return ordinal !== null && keyword === '' && tokens.length <= MAX_FOUND_ROW_WORDS;
}

/** «Per bulan harus berapa supaya serapan 95%?» */
export function asksForNeeded(question: ParsedQuestion): boolean {
  const { percent, words, bound } = question;
  if (percent === null || bound !== null || has(question, 'kegiatan') || namesSomethingElse(question)) return false;
  const isMonthly = / (?:tiap bulan|sebulan|bulanan) /.test(words);
  return isMonthly
    ? has(question, 'perlu', 'harus', 'capai', 'target', 'supaya')
    : has(question, 'perlu', 'harus', 'kurang', 'lanjut') && has(question, 'capai', 'target', 'supaya');
}

/** «Tembus 95 % Desember nggak?», «perkiraan serapan akhir tahun?» */
export function asksForProjection(question: ParsedQuestion): boolean {
  const { percent, words, bound } = question;
  if (has(question, 'kegiatan') || bound !== null || namesSomethingElse(question)) return false;
  return (
    has(question, 'proyeksi') ||
    (percent !== null && has(question, 'capai', 'desember')) ||
    (/ akhir tahun /.test(words) && isAboutMoney(question))
  );
}

/** «Data per tanggal berapa?», «kapan terakhir diperbarui?» */
export function asksForReportDate(question: ParsedQuestion): boolean {
  const { days, keyword, accounts, words, measure } = question;
  if (days || keyword !== '' || accounts.length > 0 || has(question, 'kegiatan', 'rencana', 'undated')) return false;
  if (/ tanggal \d/.test(words)) return false;
  // «Sisa per tanggal hari ini» asks for the figure.
  if (measure !== null && !/ kapan | tanggal (?:berapa|apa) /.test(words)) return false;
  return (
    (has(question, 'data', 'laporan', 'posisi', 'angka') && has(question, 'tanggal', 'kapan')) ||
    (has(question, 'anggaran') && has(question, 'tanggal')) ||
    (has(question, 'diperbarui') && has(question, 'kapan', 'terakhir', 'tanggal', 'data', 'laporan'))
  );
}

/** «Akun dengan serapan di bawah 50%»; «apakah serapan di bawah 90%?» concerns the whole budget. */
export function asksForRowsWithinBound(question: ParsedQuestion): boolean {
  const { bound, groupBy } = question;
  if (bound === null || !isAboutMoney(question) || has(question, 'kegiatan')) return false;
  return groupBy !== null || has(question, 'akun', 'rincian', 'baris', 'yang', 'mana', 'apa', 'ada', 'daftar');
}

/** «Berapa persen belanja modal dari total anggaran?» */
export function asksForShare({ accounts, words }: ParsedQuestion): boolean {
  return (
    accounts.length === 1 &&
    / persen (?:\S+ ){0,4}dari (?:total|jumlah|seluruh|semua|keseluruhan|anggaran|pagu) /.test(words)
  );
}

/** «Kegiatan komitmen», «apa saja yang belum dibayar»; not the sums of outstanding and committed money. */
export function asksForStatus(question: ParsedQuestion): boolean {
  if (statusOf(question) === null) return false;
  if (isAboutActivities(question)) return true;
  const isListed = has(question, 'apa', 'mana', 'daftar') && !has(question, 'berapa', 'setelah', 'total', 'jumlah');
  return isListed && question.measure === null && question.accounts.length === 0 && question.keyword === '';
}

/** «Anggaran per RO», «komponen mana yang terendah», «daftar akun». */
export function asksForGroups({ groupBy, words }: ParsedQuestion): boolean {
  if (words.includes(' blokir ')) return false;
  return groupBy !== null || / (?:daftar|semua|seluruh) akun /.test(words);
}

/** «Siapa penanggung jawab rapat koordinasi?»; not the activities of a person. */
export function asksWhoIsInCharge(question: ParsedQuestion): boolean {
  if (!has(question, 'penanggung')) return false;
  const isNarrow = question.keyword !== '' || Object.keys(activityFilter(question)).length > 0;
  return isNarrow && (has(question, 'siapa') || !has(question, 'kegiatan'));
}

/** «Kegiatan pak Hendra», «yang dipegang bu Dewi apa saja?» */
export function asksForActivitiesOfPerson(question: ParsedQuestion): boolean {
  return (
    question.person !== null &&
    has(question, 'kegiatan', 'penanggung', 'dipegang', 'ditangani', 'dipimpin', 'diampu') &&
    !has(question, 'siapa')
  );
}

/** «Total alokasi kegiatan rencana?»; without a condition the statistics have the sums. */
export function asksForAllocation(question: ParsedQuestion): boolean {
  const isNarrow = question.keyword !== '' || Object.keys(activityFilter(question)).length > 0;
  return isNarrow && has(question, 'alokasi', 'anggaran') && has(question, 'berapa', 'jumlah', 'total');
}

/** «Berapa kegiatan saya?»; also those without a status: the statistics have every status. */
export function asksForStatistics(question: ParsedQuestion): boolean {
  if (!has(question, 'kegiatan') || question.groupBy || question.keyword !== '') return false;
  if (excludesStatus(question.words)) return true;
  const isNarrow = Object.keys(activityFilter(question)).length > 0;
  return !isNarrow && has(question, 'berapa', 'jumlah', 'statistik', 'rekap', 'total', 'ringkasan', 'alokasi');
}

/** «Akun yang belum ada realisasi», «rincian yang realisasinya nol». */
export function asksForRowsWithoutRealization(question: ParsedQuestion): boolean {
  const { words } = question;
  if (has(question, 'kegiatan', 'kenapa', 'kapan')) return false;
  return (
    (question.percent === 0 && question.bound === null) ||
    / (?:belum|tanpa|tidak) (?:ada |punya |sama |sekali |pernah |di)*(?:realisasi|serapan sama sekali) /.test(words) ||
    / realisasi (?:masih |yang |sama |sekali )*(?:nol|0|kosong|nihil) /.test(words)
  );
}

/** «Akun dengan serapan terendah», «rincian dengan sisa terbesar». */
export function asksForRanking(question: ParsedQuestion): boolean {
  return (
    has(question, 'terendah', 'tertinggi') &&
    (has(question, 'akun', 'rincian', 'belanja') || question.measure !== null) &&
    !has(question, 'kegiatan')
  );
}

/** «Naik berapa dari bulan lalu?», «realisasi per bulan sejak Juni». */
export function asksForTrend(question: ParsedQuestion): boolean {
  const { months, words, period } = question;
  if (has(question, 'kegiatan')) return false;
  // A development states realisasi and serapan.
  if (question.measure === 'pagu' || question.measure === 'sisa' || namesSomethingElse(question)) return false;
  if (has(question, 'naik', 'turun', 'tren')) return true;
  if (has(question, 'banding') && months.length === 2 && question.keyword === '') return true;
  if (!isAboutMoney(question)) return false;
  return (
    / (?:tiap bulan|bulanan) /.test(words) ||
    (has(question, 'sejak', 'mulai') && months.length > 0) ||
    (has(question, 'banding', 'selisih') && (months.length > 0 || period === 'last_month' || has(question, 'bulan')))
  );
}

/** «Realisasi bulan ini saja», «bulan ini terserap berapa», «realisasi selama Oktober». */
export function asksForMonthOnly(question: ParsedQuestion): boolean {
  const { words, period, months, measure } = question;
  const isSpending = measure === 'realisasi' || measure === 'serapan' || (measure === null && has(question, 'belanja'));
  if (!isSpending) return false;
  if (has(question, 'kegiatan', 'sampai') || question.keyword !== '') return false;
  if (/ periode (?:ini|laporan) /.test(words) || period === 'this_month') return true;
  return (months.length === 1 || period === 'last_month') && has(question, 'saja', 'selama', 'sebulan');
}

/** «Rincian perjalanan koordinasi», «sisa konsumsi rapat berapa». */
export function asksForFoundRows(question: ParsedQuestion): boolean {
  const { keyword, tokens } = question;
  if (keyword === '' || tokens.length > MAX_FOUND_ROW_WORDS || has(question, 'kegiatan', 'penanggung')) return false;
  if (has(question, 'kapan', 'kenapa', 'mengapa', 'siapa', 'cara')) return false;
  if (ACTIVITY_NOUNS.test(keyword) && has(question, 'status', 'tanggal')) return false;
  return has(question, 'rincian', 'blokir') || isAboutMoney(question);
}

/** The whole budget: every word is known, and no word narrows the question. */
export function asksForSummary(question: ParsedQuestion): boolean {
  const { keyword, words, days, span, months, bound, percent, period, measure } = question;
  // A bound of the whole budget is compared with its total.
  const unbounded = bound ? words.replace(/ (?:atas|bawah|kurang|lebih)(?= )/g, '') : words;
  // Reports are cumulative: they have no realization of a week or a day.
  if (period === 'last_week' || period === 'yesterday' || (period === 'this_week' && measure === 'realisasi'))
    return false;
  const isMonthEnd = months.length === 1 && days !== null && days.to === daysOfMonth(days.to.slice(0, 7)).to;
  if (keyword !== '' || (days && !isMonthEnd) || span || months.length > 1 || NARROWING.test(unbounded)) return false;
  if (percent === null && bound === null && !isMonthEnd && UNEXPLAINED_NUMBER.test(words)) return false;
  return isAboutMoney(question) || / (?:laporan|posisi|ringkasan|rekap) /.test(words);
}

/** «Kegiatan minggu ini», «besok ada apa?»; other nouns than activities are no SAPA data. */
export function asksForPeriod(question: ParsedQuestion): boolean {
  const { period, days, months, span, keyword, words } = question;
  if (!period && !days && months.length === 0 && !span) return false;
  if (isAboutActivities(question)) return true;
  return keyword === '' && !isAboutMoney(question) && / (?:apa|ada|ngapain|kemana) /.test(words);
}

/** «Kegiatan saya apa saja», «kegiatan lokakarya»: the term, if any, follows the noun directly. */
export function asksForActivities(question: ParsedQuestion): boolean {
  const { keyword, tokens, text } = question;
  if (!isAboutActivities(question) || tokens.length > MAX_ACTIVITY_WORDS) return false;
  if (keyword === '') return tokens.every(({ word }) => GENERAL_ACTIVITY_WORDS.has(word));
  const start = text.indexOf(keyword);
  const noun = tokens.findLast(({ end, word }) => end <= start && !CONNECTING_WORDS.test(word));
  return ACTIVITY_NOUNS.test(keyword) || noun?.word === 'kegiatan';
}
