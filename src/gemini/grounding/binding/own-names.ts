import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';
import type { Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import type { ReadText } from './binding.ts';
import { isClauseEnd, MAX_REACH } from './clauses.ts';
import type { Name } from './names.ts';

/** The names between a figure and its neighbors. */
export interface OwnNames {
  before: Name[];
  after: Name[];
}

const STOPS_AFTER =
  /^(?:dari|menjadi|ke|terhadap|dibanding|dibandingkan|dengan|dan|serta|of|from|vs|versus|sampai|hingga|plus|ditambah|adalah|yaitu|yakni|ialah|ada|dikurangi|bila|jika|kalau|karena|padahal|meski|▸|→|>)$/;

/** Finds the names between a figure and its neighbors, up to the next boundary of a clause. */
export function findOwnNames(
  read: ReadText,
  mention: Mention,
  previous: Mention | undefined,
  next: Mention | undefined,
  claimed: readonly Name[],
): OwnNames {
  const { tokens, layout } = read;
  const line = layout.lines[layout.lineOf[mention.from]!]!;
  let from = mention.from;
  const start = Math.max(line.from, previous ? previous.last + 1 : 0, mention.from - MAX_REACH);
  while (from > start && !isClauseEnd(tokens, from - 1)) from--;
  const after = findPrepositional(read, mention);
  let to = mention.last + 1;
  const end = Math.min(line.to, next ? next.from : tokens.length, mention.last + MAX_REACH);
  while (to < end && !endsAfter(tokens, to, mention.last)) to++;
  // In «realisasi Rp5 sisa Rp7» the word between belongs to the figure after it.
  const isPrefix = next !== undefined && to === next.from && next.from < line.to;
  const names = read.names[layout.lineOf[mention.from]!]!;
  const heading = line.headings?.get(mention.from);
  const headed = heading ? namesIn(read.names[layout.lineOf[heading.from]!]!, heading) : [];
  const follower = tokens[mention.last + 1]?.lower ?? '';
  // «(57% dibanding 75%)»
  const isPair =
    /^(?:banding|berbanding|lawan|vs)$/.test(follower) ||
    (follower === 'dibanding' && tokens[mention.from - 1]?.text === '(');
  const near = isPair ? [] : namesIn(names, { from, to: mention.from }).filter((name) => !claimed.includes(name));
  const before = [...headed, ...near];
  if (after.length > 0) return { before, after };
  const behind = namesIn(names, { from: mention.last + 1, to });
  const adjacent = behind.filter((name) => name.from === mention.last + 1);
  if (isPrefix) return { before, after: mention.kind === 'count' ? adjacent.filter(isStatus) : [] };
  return { before, after: isWhole(tokens, mention, previous) ? adjacent : behind };
}

/** «turun Rp5 di September lalu naik Rp7 di Oktober», «(50%) ada di belanja barang»: a name after a preposition belongs to the figure before it. */
function findPrepositional({ tokens, layout, names }: ReadText, { last }: Mention): Name[] {
  let at = last + 1;
  while (at <= last + 3 && /^(?:[),]|ada|berada|berasal)$/.test(tokens[at]?.lower ?? '')) at++;
  if (!/^(?:di|pada|untuk|bagi|selama|bulan)$/.test(tokens[at]?.lower ?? '')) return [];
  const first = namesIn(names[layout.lineOf[last]!]!, { from: at + 1, to: at + 11 })[0];
  return first && first.from <= at + 2 ? [first] : [];
}

/** In «10 dari 14 kegiatan sudah terlambat» only 10 are late. */
function isWhole(tokens: readonly Token[], { from }: Mention, previous: Mention | undefined): boolean {
  return previous !== undefined && from - previous.last <= 3 && tokens[previous.last + 1]?.lower === 'dari';
}

/** «3 kegiatan Selesai senilai Rp20 juta» */
function isStatus({ kind }: Name): boolean {
  return kind === 'status' || kind === 'flag';
}

/** «18 Rencana (Rp5)», «3 kegiatan: Rapat»: what follows the mark describes something else. */
function endsAfter(tokens: readonly Token[], at: number, last: number): boolean {
  const { text, lower } = tokens[at]!;
  return (
    isClauseEnd(tokens, at) ||
    STOPS_AFTER.test(lower) ||
    (text === '(' && at > last + 1) ||
    (text === ':' && !tokens[at + 1]?.glued)
  );
}

/** Returns the names within a range of tokens; `names` are sorted. */
export function namesIn(names: readonly Name[], { from, to }: Range, withWeak = false): Name[] {
  return between(names, (name) => name.from, from, to).filter((name) => name.to <= to && (withWeak || !name.isWeak));
}
