/**
 * Converts patterns such as `https://fonnte.com` and `https://*.fonnte.com` (subdomains) to the `origin` option of
 * @fastify/cors. An origin is matched as a whole, never by substring. @throws TypeError for an invalid pattern
 */
export function toCorsOrigins(patterns: readonly string[]): (string | RegExp)[] {
  return patterns.map((pattern) => {
    const { origin, protocol, host } = new URL(pattern.replace('://*.', '://'));
    if (origin === 'null') throw new TypeError(`${pattern} is not a web origin`);
    if (!pattern.includes('://*.')) return origin;
    return new RegExp(`^${protocol}//[a-z0-9.-]+\\.${RegExp.escape(host)}$`);
  });
}
