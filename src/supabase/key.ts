/** Roles whose keys Supabase issues and its gateway knows. */
const SUPABASE_ROLES = ['service_role', 'anon', 'authenticated'];

/**
 * Whether a key is a JWT that we signed for a custom role. Supabase's gateway rejects such a key as `apikey`, but accepts
 * it as the access token of a request whose `apikey` it knows.
 */
export function isCustomRoleKey(key: string): boolean {
  const [, claims, signature] = key.split('.');
  if (!claims || !signature) return false;
  try {
    const { role } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { role?: unknown };
    return typeof role === 'string' && !SUPABASE_ROLES.includes(role);
  } catch {
    // Not a JWT: a newer key (sb_secret_…), which is sent unchanged.
    return false;
  }
}
