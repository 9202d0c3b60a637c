/** Longer texts are questions; checked first, because texts may be long. */
const MAX_REQUEST_LENGTH = 80;

const words = (list: string) => new Set(list.split(' '));

/** A request contains at least one of these words. */
const FILE_WORDS = words('excel exel excell xls xlsx spreadsheet unduh unduhan download ekspor eksport export');
/** Words that add nothing to a request for the last list. */
const OTHER_WORDS = words(
  'kirim kirimkan kirimin minta buat buatkan buatin bikin bikinin jadikan simpan tolong mohon bisa boleh mau ingin coba ' +
    'dalam ke sebagai bentuk format versi file berkas daftar data tabel list semua seluruh lengkap itu ini tadi di atas yang ' +
    'nya ya yah dong donk kak min pak bu mas mbak saya aku dan juga please pls',
);

/** Returns whether a text asks for the last list as a spreadsheet and nothing else: «kirim Excel-nya», «tolong unduh ya». */
export function asksForDownload(text: string): boolean {
  if (text.length > MAX_REQUEST_LENGTH) return false;
  const tokens = tokenize(text);
  return (
    tokens.some((token) => FILE_WORDS.has(token)) &&
    tokens.every((token) => FILE_WORDS.has(token) || OTHER_WORDS.has(token))
  );
}

/** A verb or preposition before the file in a question: «kirim kegiatan bulan ini dalam Excel», «unduh anggaran per akun». */
const FILE_REQUEST =
  /(?:\b(?:kirim|minta|buat|bikin|simpan|ekspor|export|unduh|download|jadikan|dalam|ke|sebagai|bentuk|format|versi)\p{L}*\b.*\b(?:exc?el|xlsx?|spreadsheet)\b)|^(?:(?:tolong|mohon|minta|bisa|coba|kak|min) )*(?:unduh|download|ekspor|export)/u;
/** Questions about how something works. */
const HOW = /\b(?:bagaimana|gimana|gmn|cara|caranya|kenapa|mengapa|apakah)\b/;

/** Returns whether a question asks for its own list as a spreadsheet: «kirim kegiatan bulan ini dalam Excel». */
export function wantsSpreadsheet(question: string): boolean {
  const plain = tokenize(question).join(' ');
  return FILE_REQUEST.test(plain) && !HOW.test(plain);
}

/** Words in lower case, without punctuation and the suffix «-nya». */
function tokenize(text: string): string[] {
  const lower = text.normalize('NFKC').toLowerCase();
  return (lower.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.replace(/(?<=\p{L}{3})nya$/u, ''));
}
