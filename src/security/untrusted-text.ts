// An emoji as a base: its skin tone and its presentation selector belong to it.
const EMOJI = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?`;

const INVISIBLE = new RegExp(
  [
    // Zero-width space and non-joiner, direction marks, word joiner, byte order mark.
    String.raw`[\u200B\u200C\u200E\u200F\u2060\uFEFF]`,
    // Tag characters, and the selectors that no emoji uses.
    String.raw`[\u{E0000}-\u{E007F}\uFE00-\uFE0D\u{E0100}-\u{E01EF}]`,
    // A joiner stays only between two emoji.
    String.raw`(?<!${EMOJI}\uFE0F?)\u200D`,
    String.raw`\u200D(?!\p{Extended_Pictographic})`,
    // One presentation selector stays after an emoji or inside a keycap (1️⃣).
    String.raw`(?<!${EMOJI}|[0-9#*](?=.\u20E3))[\uFE0E\uFE0F]`,
  ].join('|'),
  'gu',
);

// Whatever INVISIBLE may match, wherever it stands: nearly every text has none of it, and is not searched further.
const SUSPECT = /[\uFE00-\uFE0F\u200B-\u200F\u2060\uFEFF\uDB40]/;

/** Text without the characters that nobody sees but a model reads (and an emoji does not need); all else unchanged. Idempotent. */
export function stripInvisible(text: string): string {
  return SUSPECT.test(text) ? text.replace(INVISIBLE, '') : text;
}

/** The same for every text within a JSON value, names included. */
export function withoutInvisible<T>(value: T): T {
  if (typeof value === 'string') return stripInvisible(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutInvisible) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [stripInvisible(name), withoutInvisible(inner)]),
  ) as T;
}

/**
 * Text of others between marks that it can't contain, because `nonce` is made anew for each request: what stands between
 * them is data, whatever it says.
 */
export function fence(kind: string, text: string, nonce: string): string {
  return `<<${kind} ${nonce}>>\n${stripInvisible(text).replaceAll(nonce, '')}\n<</${kind} ${nonce}>>`;
}
