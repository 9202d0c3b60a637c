import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get, post } from '../support/http.ts';
import { SECRET, startService } from '../support/service.ts';
import { textOf } from './facts.ts';

interface Rule {
  hostname?: string;
  path?: string;
  service: string;
}

interface Config {
  tunnel?: string;
  'credentials-file'?: string;
  protocol: string;
  loglevel: string;
  originRequest: { connectTimeout: string; keepAliveTimeout: string };
  ingress: Rule[];
}

const onHost = parse(textOf('deploy/cloudflared.yml')) as Config;
const inCompose = parse(textOf('deploy/cloudflared.compose.yml')) as Config;
const inCluster = parse(textOf('deploy/cloudflared.cluster.yml')) as Config;
const HOSTNAME = onHost.ingress[0]?.hostname ?? '';
const CLOSED = 'http_status:404';

const OPEN = [
  '/webhook/whatsapp',
  '/webhook/whatsapp?secret=x',
  '/webhook/whatsapp?a=/api/metrics',
  '/webhook/%77hatsapp',
];
const SHUT = [
  ...['/', '', '/webhook', '/api/health', '/api/metrics', '/api/whatsapp/send', '/docs', '/docs/json', '/console'],
  ...['/webhook/whatsappx', '/webhook/whatsapp/', '/webhook/whatsapp/x', '/x/webhook/whatsapp', '//webhook/whatsapp'],
  ...['/WEBHOOK/WHATSAPP', '/webhook/whatsapp/../../api/metrics', '/webhook/whatsapp%2F..%2F..%2Fapi%2Fmetrics'],
  ...[
    '/webhook/whatsapp;x',
    '/webhook/whatsapp%00',
    '/webhook/whatsapp%0A',
    '/webhook/whatsapp%3Fx',
    '/webhook%2fwhatsappx',
  ],
  ...['/api/metrics?/webhook/whatsapp', '/api/metrics#/webhook/whatsapp', '/.env'],
];

for (const [name, config] of Object.entries({
  'on a host': onHost,
  'in compose': inCompose,
  'in a cluster': inCluster,
})) {
  t.test(`${name}, the tunnel exposes only the webhook`, async (t) => {
    const service = config.ingress[0]?.service ?? '';
    for (const path of OPEN) t.equal(serviceFor(config, HOSTNAME, path), service, path);
    for (const path of SHUT) t.equal(serviceFor(config, HOSTNAME, path), CLOSED, path);
    const near = fc.string({
      unit: fc.constantFrom(...'/webhook/whatsapp', '.', '%', '2', 'F', 'f', ';', 'X'),
      maxLength: 24,
    });
    fc.assert(
      fc.property(
        near,
        (path) => decoded(path) === '/webhook/whatsapp' || serviceFor(config, HOSTNAME, path) === CLOSED,
      ),
    );
  });

  t.test(
    `${name}, cloudflared accepts the rules: only the last one matches all requests, and paths are RE2 expressions`,
    async (t) => {
      const last = config.ingress.at(-1);
      t.same(last, { service: CLOSED });
      for (const { path, service } of config.ingress.slice(0, -1)) {
        t.match(path, /^\^[\w/]+\$$/, 'of what RE2 and JavaScript read alike, anchored at both ends');
        const { protocol, pathname, search } = new URL(service);
        t.same([protocol, pathname, search], ['http:', '/', ''], 'an address without a path');
        t.notOk(service.endsWith('/'));
      }
    },
  );

  t.test(`${name}, the secret in the URL is not in cloudflared's log`, async (t) => {
    // Over QUIC, the log line «Request failed» contains the whole URL, over HTTP/2 it does not.
    t.equal(config.protocol, 'http2');
    t.equal(config.loglevel, 'info', 'debug writes the address of every call');
  });
}

t.test('on a host other names are closed, and values to fill in are marked', async (t) => {
  t.equal(serviceFor(onHost, 'lain.contoh.go.id', '/webhook/whatsapp'), CLOSED);
  const marked = textOf('deploy/cloudflared.yml').match(/^[^#\n]+# GANTI: .+$/gm) ?? [];
  t.match(marked, [/^tunnel: /, /^credentials-file: /, /hostname: /]);
  t.equal(onHost['credentials-file'], `/etc/cloudflared/${onHost.tunnel}.json`);
});

t.test('both configurations are equal except for the service address and the tunnel', async (t) => {
  const rest = ({ tunnel, 'credentials-file': file, ingress, ...others }: Config) => ({
    ...others,
    paths: ingress.map(({ path }) => path),
  });
  t.same(rest(inCompose), rest(onHost));
  t.equal(
    onHost.ingress[0]?.service,
    `http://127.0.0.1:${/^WHATSAPP_SERVER_PORT=(\d+)$/m.exec(textOf('.env.example'))?.[1]}`,
  );
  t.match(parse(textOf('docker-compose.yml')), {
    services: { [new URL(inCompose.ingress[0]?.service ?? '').hostname]: {} },
  });
});

t.test(
  'behind the tunnel the service sees the caller address and keeps connections longer than cloudflared',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams, { WEBHOOK_ALLOWED_IPS: '203.0.113.7' });
    // As Cloudflare's edge sends it: the header of the caller, then the caller's address. cloudflared adds nothing.
    const call = (forwarded: string) =>
      post(`${service.url}/webhook/whatsapp?secret=${SECRET}`, upstreams.fonnte.buildPayload({ sender: LINKED }), {
        'x-forwarded-for': forwarded,
        'cf-connecting-ip': '203.0.113.7',
      });
    t.match(await call('203.0.113.7'), { status: 200 });
    t.match(await call('198.51.100.9, 203.0.113.7'), { status: 200 });
    t.match(await call('203.0.113.7, 198.51.100.9'), { status: 403 }, 'what a caller writes does not count');
    for (const path of OPEN) t.match(await get(service.url + path), { status: 200, body: { status: 'ok' } }, path);
    for (const { originRequest } of [onHost, inCompose]) {
      t.ok(msOf(originRequest.keepAliveTimeout) < service.app.server.keepAliveTimeout);
      t.ok(msOf(originRequest.connectTimeout) < 5_000, 'FONNTE waits no longer');
    }
  },
);

/** @returns the service of the first rule that matches the host name and the path, as cloudflared does. @see cloudflared's ingress/ingress.go */
function serviceFor({ ingress }: Config, host: string, target: string): string {
  const fits = ({ hostname, path }: Rule) =>
    (hostname === undefined || hostname === host) && (path === undefined || new RegExp(path).test(decoded(target)));
  return ingress.find(fits)?.service ?? '';
}

/** @returns the path of a request target as Go's URL.Path: without query and fragment, percent-decoded once; Go rejects invalid ones */
function decoded(target: string): string {
  const [path = ''] = target.split(/[?#]/);
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

function msOf(seconds: string): number {
  return Number(/^(\d+)s$/.exec(seconds)?.[1]) * 1_000;
}
