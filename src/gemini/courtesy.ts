import { wordPattern } from '../language/word-pattern.ts';

const THANKS = wordPattern('terima ?kasih|trimakasih|makasih|mksh|trims|thanks|thank you|tks|thx');
/** Words with which a message asks for something besides thanking. */
const REQUEST = wordPattern(
  '(?:apa|berapa|kapan|mana|siapa|bagaimana)(?:kah|nya)?|brp|ada|gimana|tolong|mohon|minta|coba|lalu|terus|sekarang',
);

/** Returns whether a message only gives thanks, also for data: «Terima kasih atas info kegiatannya». */
export function isOnlyThanks(text: string): boolean {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
  return THANKS.test(plain) && !REQUEST.test(plain) && !plain.includes('?');
}
