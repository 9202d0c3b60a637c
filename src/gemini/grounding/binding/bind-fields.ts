import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import type { Mention } from '../text/figures.ts';
import type { Range } from '../text/layout.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Binding, ReadText } from './binding.ts';
import { chooseInOrder, chooseNames, type Scope } from './choose-names.ts';
import { isObjectKind, type Name } from './names.ts';

type BoundFields = Pick<Binding, 'fields' | 'fieldNearness'>;

export function bindFields(
  read: ReadText,
  mention: Mention,
  scopes: readonly Scope[],
  leads: readonly (readonly Name[])[],
  previous: string,
  consumed: ReadonlySet<Name>,
): BoundFields {
  const { tokens, mentions } = read;
  // «dari Rp5», «= Rp5»: the figure is another one than that before it.
  const near = /^(?:dari|=|terhadap|of|menjadi|jadi)$/.test(previous) ? scopes.slice(0, 2) : scopes.slice(0, 5);
  for (const scope of near) {
    const has = (name: Name) => name.kind === 'field' && !isWhole(tokens, name);
    const joined = chooseNames(tokens, scope, has, scope.side === 'before' ? scopes.at(-1)!.names : []);
    const inOrder = joined.length > 0 && chooseInOrder(tokens, scopes.at(-1)!.names.filter(has), mention, mentions);
    const isShared = scope.nearness !== 'own' && joined.some((name) => consumed.has(name));
    const chosen = inOrder
      ? [inOrder]
      : isShared
        ? scope.names.filter(has)
        : joined.some(({ from }) => isListed(tokens, from))
          ? joined
          : joined.slice(0, 1);
    if (chosen.length > 0) {
      const rest = isRestOf(read, mention, chosen[0]!) ? scopes.at(-1)!.names.filter(has) : [];
      return {
        fields: new Set([...chosen, ...rest].flatMap(({ fields }) => [...fields!])),
        fieldNearness: inOrder ? 'own' : scope.nearness,
      };
    }
  }
  if (near.length > 2)
    for (const names of leads) {
      const fields = names.filter(({ kind }) => kind === 'field').flatMap((name) => [...name.fields!]);
      if (fields.length > 0) return { fields: new Set(fields), fieldNearness: 'lead' };
    }
  // «Belanja modal sudah Rp5 juta»
  const isNamed = scopes.at(-1)!.names.some(({ fields }) => fields?.has('sisa'));
  return previous === 'sudah' && mention.kind === 'amount' && mention.value > 0 && !isNamed
    ? { fields: new Set(['realisasi', 'realisasi_periode_ini', 'serapan']), fieldNearness: 'own' }
    : { fields: null, fieldNearness: 'lead' };
}

/** «Dari sisa itu Rp5 sudah masuk komitmen»: the field is that of the whole. */
function isWhole(tokens: readonly Token[], { from, to }: Name): boolean {
  return tokens[from - 1]?.lower === 'dari' && /^(?:itu|tersebut|ini)$/.test(tokens[to]?.lower ?? '');
}

/** «Dari Rp4 miliar realisasi, Rp3 miliar barang, sisanya Rp1 miliar modal»: the rest of the field before, not the field sisa. */
function isRestOf({ tokens, names, layout }: ReadText, { from, last }: Mention, name: Name): boolean {
  if (tokens[name.from]!.lower !== 'sisanya' || from - name.to > 1) return false;
  return names[layout.lineOf[from]!]!.some((each) => isObjectKind(each.kind) && each.from === last + 1);
}

/** «Pagu, realisasi, dan sisa»: after a comma or «dan», the figures may be any of them. */
function isListed(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.lower === 'dan' || tokens[at - 2]?.lower === 'dan';
}

const DEDUCTION =
  /^(?:luar|setelah|setelahnya|dikurangi|dikurangkan|bersih|riil|efektif|bebas|aman|diperhitungkan|memperhitungkan|outstanding|komitmen|komitmennya|dikomitmenkan)$/;
const REMAINDER =
  /^(?:jadinya|tinggal|sisa|sisanya|tersisa|menjadi|jadi|sehingga|setelahnya|aman|bebas|dipakai|masih)$/;
const PERIOD = /^(?:bulan|periode|khusus|sebelumnya|baru|hanya|tambahan)$/;

/** «sisa Rp2 miliar, belum dikurangi komitmen» */
function isNotDeducted(words: readonly string[]): boolean {
  return words.some(
    (word, at) => word === 'belum' && /^(?:dikurangi|termasuk|memperhitungkan)$/.test(words[at + 1] ?? ''),
  );
}

/** «sampai saat ini» */
function isNow(words: readonly string[], at: number): boolean {
  return /^(?:sekarang|kini)$/.test(words[at] ?? '') || words[at + 1] === 'ini';
}

/** Tokens before a sentence, and behind a figure, that may say what is deducted. */
const MAX_BEFORE = 60;
const MAX_BEHIND = 6;

/** Adds the fields that the words around may mean: «outstanding dan komitmen dikurangkan menjadi …», «realisasi November …». */
export function widenFields(
  bound: BoundFields,
  tokens: readonly Token[],
  mention: Mention,
  { from, to }: Range,
): BoundFields {
  const { fields } = bound;
  if (fields === null) return bound;
  const sentence = tokens.slice(from, to).map(({ lower }) => lower);
  const before = tokens.slice(Math.max(from, mention.from - 6), mention.from);
  const near = before.slice(before.findLastIndex(({ kind }) => kind === 'number') + 1).map(({ lower }) => lower);
  const isRest = fields.has('sisa') || near.some((word) => REMAINDER.test(word));
  // «Setelah komitmen, 524114 tinggal Rp7 juta. Untuk 524113 tinggal Rp4 juta.»
  const above = tokens.slice(Math.max(0, from - MAX_BEFORE), Math.min(to, mention.last + MAX_BEHIND));
  const isDeducted =
    above.some(({ lower }) => DEDUCTION.test(lower)) && !sentence.includes('sebelum') && !isNotDeducted(sentence);
  const isOfPeriod = sentence.some(
    (word) => PERIOD.test(word) || MONTH_NUMBERS.has(word) || UP.has(word) || DOWN.has(word),
  );
  const isPrevious = near.some(
    (word, nth) => /^(?:sebelumnya|lalu|sampai|hingga|d)$/.test(word) && !isNow(near, nth + 1),
  );
  // «realisasi Rp3 miliar, sisa Rp1 miliar (75%)»
  const isAside = mention.kind === 'percent' && tokens[mention.from - 1]?.text === '(';
  const more = [
    ...(isAside && sentence.includes('realisasi') ? ['serapan'] : []),
    ...(isRest && isDeducted ? ['sisa_setelah_komitmen'] : []),
    ...(fields.has('realisasi') && isOfPeriod ? [isPrevious ? 'realisasi_periode_lalu' : 'realisasi_periode_ini'] : []),
  ];
  return more.length > 0 ? { ...bound, fields: new Set([...fields, ...more]) } : bound;
}
