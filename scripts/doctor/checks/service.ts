import type { Config } from '../../../src/config/schema.ts';
import { version } from '../../../src/version.ts';
import { defineCheck, type Finding } from '../check.ts';
import { isRefused } from '../describe-failure.ts';

/** Maximum size of a response, bytes: health has a few hundred. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Which program answers on our port: this service, nothing, or another one such as the old `sapa-wa`. */
export const service = defineCheck({
  id: 'service',
  group: 'Mesin',
  title: 'Layanan',
  needs: ['HOST', 'WHATSAPP_SERVER_PORT'],
  async run({ config, http, signal }) {
    const address = localAddress(config);
    let text: string;
    try {
      const url = `http://${address}/api/health`;
      text = await (await http.fetch(url, { signal, maxResponseBytes: MAX_RESPONSE_BYTES })).text();
    } catch (error) {
      if (isRefused(error)) return [{ status: 'skipped', text: `Tidak berjalan di ${address}.` }];
      throw error;
    }
    return [describeHealth(parseHealth(text), address)];
  },
});

/** Where the service listens, as this machine reaches it. */
function localAddress({ HOST, WHATSAPP_SERVER_PORT: port }: Pick<Config, 'HOST' | 'WHATSAPP_SERVER_PORT'>): string {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '::1' : HOST;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface Health {
  status: string;
  version: string;
  checks: Record<string, unknown>;
}

/** @returns null when the response is not one of this service */
function parseHealth(text: string): Health | null {
  try {
    const { status, version, checks } = Object(JSON.parse(text)) as Partial<Health>;
    return status && version && checks ? { status, version, checks } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function describeHealth(health: Health | null, address: string): Finding {
  if (health === null) {
    return {
      status: 'error',
      text: `${address} dijawab program lain, mungkin proses lama sapa-wa.`,
      fix: 'Hentikan proses itu, atau pakai WHATSAPP_SERVER_PORT lain (docs/upgrade.md).',
    };
  }
  const problems = Object.entries(health.checks).filter(([, state]) => state !== 'ok');
  const text = `Berjalan di ${address}, versi ${health.version}: ${health.status}.`;
  if (problems.length > 0) {
    const named = problems.map(([name, state]) => `${name} ${state}`).join(', ');
    return {
      status: health.status === 'unavailable' ? 'error' : 'warning',
      text: `${text} ${named}.`,
      fix: 'Lihat docs/runbook/health.md.',
    };
  }
  if (health.version === version) return { status: 'ok', text };
  return { status: 'warning', text: `${text} Folder ini berisi versi ${version}.`, fix: 'Mulai ulang layanan.' };
}
