import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Nearness } from './binding.ts';
import type { Name } from './names.ts';

/** Names on one side of a figure. */
export interface Scope {
  names: readonly Name[];
  side: 'before' | 'after';
  nearness: Nearness;
}

const CONNECTOR =
  /^(?:dan|,|atau|serta|&|\+|\/|-|–|—|\(|\)|s|d|\.|sd|sampai|hingga|akun|belanja|kegiatan|status|berstatus|maupun|untuk|di)$/;

/** Chooses the name nearest to the figure, and those that are joined to it: «Rencana dan Komitmen». */
export function chooseNames(
  tokens: readonly Token[],
  { names: near, side }: Scope,
  has: (name: Name) => boolean,
  line: readonly Name[],
): Name[] {
  const nearest = side === 'before' ? near.findLast(has) : near.find(has);
  if (!nearest) return [];
  const names = line.length > 0 ? line : near;
  const ordered = names.filter(
    (name) => has(name) && (side === 'before' ? name.to <= nearest.from : name.from >= nearest.to),
  );
  if (side === 'before') ordered.reverse();
  const chosen = [nearest];
  for (const name of ordered) {
    const last = chosen.at(-1)!;
    const [from, to] = side === 'before' ? [name.to, last.from] : [last.to, name.from];
    const between = tokens.slice(Math.max(0, from), to);
    if (between.some((token) => !CONNECTOR.test(token.lower) && !isInside(token, tokens, names))) break;
    chosen.push(name);
  }
  return chosen;
}

/** Tokens of other names may be between: «524111 Perjalanan Dinas dan 524113 Perjalanan Dinas Dalam Kota». */
function isInside(token: Token, tokens: readonly Token[], names: readonly Name[]): boolean {
  return names.some((name) => tokens[name.from]!.start <= token.start && token.end <= tokens[name.to - 1]!.end);
}

/** Maximum number of tokens between the names and the mark that puts figures in their order. */
const MAX_ORDERED = 60;

/** «Sisa 521211 dan 521213 masing-masing Rp1 dan Rp2»: the figures after the mark follow the order of the names before it. */
export function chooseInOrder(
  tokens: readonly Token[],
  names: readonly Name[],
  mention: Mention,
  mentions: readonly Mention[],
): Name | undefined {
  let mark = mention.from - 1;
  while (
    mark >= 0 &&
    mention.from - mark < MAX_ORDERED &&
    !/^(?:masing|berturut|berurutan)$/.test(tokens[mark]!.lower)
  ) {
    if (tokens[mark]!.kind === 'break' || (tokens[mark]!.text === '.' && !tokens[mark + 1]!.glued)) return undefined;
    mark--;
  }
  // «Senin sampai Rabu masing-masing 1, Jumat 1»
  if (names.some(({ from, to }) => from > mark && to <= mention.from)) return undefined;
  const after = between(mentions, ({ from }) => from, mark, mark + MAX_ORDERED);
  const end = after.findIndex(({ last }, nth) => !areJoined(tokens, last + 1, after[nth + 1]?.from ?? last));
  const figures = after.slice(0, end + 1).filter(({ kind }) => kind === mention.kind);
  const ordered = names.filter(({ from, to }) => to <= mark && mark - from < MAX_ORDERED).slice(-figures.length);
  // «Senin dan Rabu masing-masing 1»: the figure is that of each.
  return ordered.length === figures.length ? ordered[figures.indexOf(mention)] : undefined;
}

/** «Rp1 (5%), Rp2 (6%), dan Rp3» */
function areJoined(tokens: readonly Token[], from: number, to: number): boolean {
  return from < to && tokens.slice(from, to).every(({ lower }) => /^(?:[,()&]|dan|serta)$/.test(lower));
}
