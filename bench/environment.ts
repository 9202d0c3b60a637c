/** The webhook secret in the URL, as in README.md. */
export const SECRET = 'rahasia-untuk-pengukuran';

/** The URLs of the fake upstreams. */
export interface Upstreams {
  fonnte: string;
  gemini: string;
  supabase: string;
}

/** The environment of all three servers; the naive server reads the variable names of the plan. */
export function environment(upstreams: Upstreams, port: number): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    // Do not load a .env file.
    ENV_FILE: '/dev/null',
    // As under PM2.
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
