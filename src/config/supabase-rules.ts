import { readJwtRole } from '../security/jwt-role.ts';

/** Removes trailing slashes and the path of the REST API, which people copy with the project's URL. */
export function normalizeSupabaseUrl(url: string): string {
  return url.trim().replace(/\/*(\/rest\/+v1)?\/*$/, '');
}

/** Whether a URL has nothing after its host: supabase-js adds the paths of the API itself. @throws TypeError for no URL */
export function isProjectUrl(url: string): boolean {
  // Parsing repairs `https:///host` and resolves `%2e%2e`, but the URL is used as written.
  if (!/^https?:\/\/[^/\\%]+$/i.test(url)) return false;
  const { pathname, search, hash, username, password } = new URL(url);
  return pathname === '/' && [search, hash, username, password].every((part) => part === '');
}

/**
 * Whether a key is one for browsers. Under row-level security it reads no rows, so that every number would look unlinked.
 * Keys of unknown forms are not.
 */
export function isBrowserKey(key: string): boolean {
  return key.startsWith('sb_publishable_') || ['anon', 'authenticated'].includes(readJwtRole(key) ?? '');
}
