import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** Replaces a phone number, or the key of a conversation, on a page that shows masked numbers. */
export interface NumberReferences {
  /** Returns a text of at most 79 characters, the same for the same number. */
  seal(phone: string): string;
  /** Returns the number; null when this service did not seal the text. */
  open(reference: string): string | null;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Creates references under a secret that all instances share, so that each instance opens those of the others. */
export function createNumberReferences(secret: string): NumberReferences {
  const keyFor = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `sapa number reference ${purpose}`, 32));
  const cipherKey = keyFor('cipher');
  const ivKey = keyFor('iv');
  return {
    seal(phone) {
      // Derived from the number: an IV is used again for the same number only.
      const iv = createHmac('sha256', ivKey).update(phone).digest().subarray(0, IV_BYTES);
      const cipher = createCipheriv(CIPHER, cipherKey, iv);
      const text = Buffer.concat([cipher.update(phone), cipher.final()]);
      return Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64url');
    },
    open(reference) {
      const bytes = Buffer.from(reference, 'base64url');
      if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(CIPHER, cipherKey, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      try {
        return Buffer.concat([text, decipher.final()]).toString();
      } catch {
        // The tag does not match: the text was not sealed with this key.
        return null;
      }
    },
  };
}
