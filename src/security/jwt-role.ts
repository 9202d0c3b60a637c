/** Reads the claim `role` of a JWT without verifying the signature. @returns undefined when the key is no JWT or names no role */
export function readJwtRole(key: string): string | undefined {
  const [, claims, signature] = key.split('.');
  if (!claims || !signature) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
    const role: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'role') : undefined;
    return typeof role === 'string' ? role : undefined;
  } catch {
    // Claims that are not JSON: another kind of key.
    return undefined;
  }
}
