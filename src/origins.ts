/**
 * A check of browser origins against patterns such as `https://fonnte.com` and `https://*.fonnte.com`: by scheme,
 * host and port, never by substring. A call without an origin is no browser's and is let through.
 */
export function createOriginCheck(patterns: readonly string[]) {
  const allowed = patterns.map((pattern) => {
    const anyHost = pattern.includes('://*.');
    const { protocol, host } = new URL(pattern.replace('://*.', '://'));
    return { protocol, host, anyHost };
  });
  const fits = (origin: string): boolean => {
    if (!URL.canParse(origin)) return false;
    const { protocol, host } = new URL(origin);
    return allowed.some(
      (entry) => entry.protocol === protocol && (entry.anyHost ? host.endsWith(`.${entry.host}`) : host === entry.host),
    );
  };
  return (origin: string | undefined, done: (error: Error | null, allow: boolean) => void): void =>
    done(null, origin === undefined || fits(origin));
}
