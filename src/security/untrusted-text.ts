// An emoji with its skin tone.
const EMOJI = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?`;

const INVISIBLE = new RegExp(
  [
    // Zero-width space and non-joiner, direction marks, word joiner, byte order mark.
    String.raw`[\u200B\u200C\u200E\u200F\u2060\uFEFF]`,
    // Tag characters and variation selectors that no emoji uses.
    String.raw`[\u{E0000}-\u{E007F}\uFE00-\uFE0D\u{E0100}-\u{E01EF}]`,
    // A zero-width joiner that is not between two emoji.
    String.raw`(?<!${EMOJI}\uFE0F?)\u200D`,
    String.raw`\u200D(?!\p{Extended_Pictographic})`,
    // A presentation selector that does not follow an emoji or is not part of a keycap (1️⃣).
    String.raw`(?<!${EMOJI}|[0-9#*](?=.\u20E3))[\uFE0E\uFE0F]`,
  ].join('|'),
  'gu',
);

/** Removes characters that people cannot see but a model reads; those that an emoji needs stay. Idempotent. */
export function stripInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Applies `stripInvisible` to every string of a JSON value, including property names. */
export function stripInvisibleDeep<T>(value: T): T {
  if (typeof value === 'string') return stripInvisible(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(stripInvisibleDeep) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [stripInvisible(name), stripInvisibleDeep(inner)]),
  ) as T;
}

/**
 * Encloses untrusted text in markers that it cannot contain, because each request has a new `nonce`. The model treats the
 * enclosed text as data.
 */
export function fence(kind: string, text: string, nonce: string): string {
  return `<<${kind} ${nonce}>>\n${stripInvisible(text).replaceAll(nonce, '')}\n<</${kind} ${nonce}>>`;
}
