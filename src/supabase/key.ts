/** Roles that Supabase makes keys for itself: its gateway knows these keys. */
const OWN_ROLES = ['service_role', 'anon', 'authenticated'];

/**
 * Whether a key is one of our own making, a JWT for a role that Supabase has no key for. Its gateway refuses such a key as
 * `apikey`, and takes it beside one that it knows.
 */
export function isCustomRoleKey(key: string): boolean {
  const [, claims, signature] = key.split('.');
  if (!claims || !signature) return false;
  try {
    const { role } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { role?: unknown };
    return typeof role === 'string' && !OWN_ROLES.includes(role);
  } catch {
    // No JWT: one of the newer keys (sb_secret_…), which is sent as it is.
    return false;
  }
}
