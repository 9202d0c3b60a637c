/** The webhook's secret, in the URL as the README says. */
export const SECRET = 'rahasia-untuk-pengukuran';

/** The URLs of the fake upstreams. */
export interface Upstreams {
  fonnte: string;
  gemini: string;
  supabase: string;
}

/** What ours, the naive server and the bare one are all started with; the naive one reads the plan's names. */
export function environment(upstreams: Upstreams, port: number): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    // No .env of the machine counts.
    ENV_FILE: '/dev/null',
    // As PM2 starts it.
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    WHATSAPP_SERVER_PORT: String(port),
    FONNTE_API_URL: `${upstreams.fonnte}/send`,
    FONNTE_TOKEN: 'token-pengukuran',
    SUPABASE_URL: upstreams.supabase,
    VITE_SUPABASE_URL: upstreams.supabase,
    SUPABASE_SERVICE_ROLE_KEY: 'kunci-service-role-pengukuran',
    GEMINI_API_KEY: 'kunci-gemini-pengukuran',
    GEMINI_BASE_URL: upstreams.gemini,
    WEBHOOK_SECRET_KEY: SECRET,
  };
}
