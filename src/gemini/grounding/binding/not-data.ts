import type { Mention } from '../text/figures.ts';
import type { Binding, ReadText } from './binding.ts';
import type { Item } from './read-answer.ts';

const BENCHMARK =
  /^(?:ideal|idealnya|patokan|acuan|pembanding|benchmark|standar|batas|ketentuan|aturan|seharusnya|semestinya|lazimnya|umumnya)$/;
/** Words after which the sentence is about the user's data again. */
const OWN_DATA = /^(?:anda|kita|jadi|sehingga|sedangkan|sementara|sekarang|tercatat)$/;
const AIM = /^(?:mencapai|menembus|mengejar|menjadi|hingga|sampai|menuju|target|ke|tembus)$/;
const CONDITION = /\b(?:untuk|agar|supaya|kalau|jika|bila|andai|apabila)\b/;

const IF = /^(?:kalau|jika|bila|andai|apabila)$/;

/** Returns whether, by the text itself, a figure is no data: a benchmark («idealnya 83%») or an aim («agar mencapai 95%»). */
export function isNotData(read: ReadText, { mention, binding, words }: Item): boolean {
  return (
    isBenchmark(read, mention, binding) ||
    isAim(read, mention, words) ||
    isPartOfEvery(read, mention) ||
    isEverything(read, mention, binding)
  );
}

function isBenchmark({ tokens }: ReadText, { from, last, kind }: Mention, { sentence, clause }: Binding): boolean {
  if (kind === 'amount') return false;
  for (let at = from - 1; at >= sentence.from && !OWN_DATA.test(tokens[at]!.lower); at--)
    if (BENCHMARK.test(tokens[at]!.lower)) return true;
  for (let at = last + 1; at < clause.to; at++) if (BENCHMARK.test(tokens[at]!.lower)) return true;
  return false;
}

/** Maximum number of tokens between «setiap Rp100» and its last part. */
const MAX_PARTS = 60;

/** «Dari setiap Rp100 anggaran, kira-kira Rp71 sudah dibelanjakan. Yang bebas Rp20.» */
function isPartOfEvery({ tokens }: ReadText, { kind, value, last }: Mention): boolean {
  if (kind !== 'amount' || value > 1000) return false;
  return tokens
    .slice(Math.max(0, last - MAX_PARTS), last)
    .some(({ lower }, nth, before) => /^(?:setiap|tiap)$/.test(lower) && before[nth + 1]?.lower === 'rp');
}

/** «Kurangkan dari 100 persen», «Total … 100%», «belum ada yang 100%» */
function isEverything({ tokens, names }: ReadText, { kind, value, from }: Mention, { line }: Binding): boolean {
  const isOfTotal = names[line]![0]?.kind === 'total';
  const isNone = tokens.slice(Math.max(0, from - 4), from).some(({ lower }) => /^(?:belum|tidak)$/.test(lower));
  return kind === 'percent' && value === 100 && (isOfTotal || isNone || tokens[from - 1]?.lower === 'dari');
}

/** «Untuk mencapai 100% di akhir Desember …», «simulasikan target 90%?», «kalau hanya 75%» */
export function isAim({ tokens }: ReadText, { kind, value, from }: Mention, words: string): boolean {
  if (kind !== 'percent' || value % 5 !== 0) return false;
  const before = [1, 2].map((back) => tokens[from - back]?.lower ?? '');
  if (before.some((word) => word === 'target' || IF.test(word))) return true;
  return CONDITION.test(words) && before.some((word) => AIM.test(word));
}

/** Words with which an answer repeats or supposes a figure of the user. */
const SUPPOSED =
  /\b(?:menyebut|sebut|maksud|tadi|kalau|jika|bila|andai|apabila|misal|misalnya|target|bukan|ingin|mau|tambah|tambahan|ditambah|batas|ambang|titik|di bawah|di atas|kurang dari|lebih dari|melebihi|minimal|maksimal|paling sedikit|paling banyak|antara|agar|supaya|untuk|mencapai|mengejar|tembus|seperti|belum)\b/;

/** Returns whether a sentence repeats or supposes a figure of the user, instead of stating it: «realisasi pada 83%». */
export function isSupposed(words: string, before: string): boolean {
  return before === 'pada' || SUPPOSED.test(words) || words.endsWith(' ? ');
}
