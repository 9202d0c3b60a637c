import { readJwtRole } from '../security/jwt-role.ts';

/** Roles whose keys Supabase issues and its gateway knows. */
const SUPABASE_ROLES = ['service_role', 'anon', 'authenticated'];

/**
 * Whether a key is a JWT that we signed for a custom role. Supabase's gateway rejects such a key as `apikey`, but accepts
 * it as the access token of a request whose `apikey` it knows. Newer keys (sb_secret_…) are no JWTs and are sent unchanged.
 */
export function isCustomRoleKey(key: string): boolean {
  const role = readJwtRole(key);
  return role !== undefined && !SUPABASE_ROLES.includes(role);
}
