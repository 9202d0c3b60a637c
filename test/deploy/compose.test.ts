import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { commandOf, environmentOf, parseDockerfile } from '../../scripts/dockerfile.ts';
import { MAX_SHUTDOWN_MS } from '../../src/app-options.ts';
import { parseDatabaseUrl } from '../../src/store/postgres/connection-options.ts';
import { ROOT } from '../support/process.ts';
import { textOf } from './facts.ts';
import { readMemoryLimits } from './pm2-config.ts';

// These tests have no container engine: they check only the content of the file.

interface Healthcheck {
  test?: string[];
  interval: string;
  timeout: string;
  start_period: string;
  retries: number;
}

interface Service {
  image: string;
  build?: string;
  command?: string;
  profiles?: string[];
  env_file?: string;
  environment: Record<string, string | number>;
  ports?: string[];
  volumes: string[];
  tmpfs?: string[];
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  healthcheck: Healthcheck;
  stop_grace_period: string;
  restart: string;
  user?: string;
  cap_add?: string[];
  mem_limit: string;
  memswap_limit: string;
  cpus: number;
  pids_limit: number;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
  logging: { driver: string; options: Record<string, string> };
}

interface Compose {
  services: Record<
    'sapa-whatsapp' | 'sapa-whatsapp-2' | 'sapa-whatsapp-3' | 'balancer' | 'postgres' | 'tunnel',
    Service
  >;
  volumes: Record<string, null>;
}

/** The keys of a service that the file uses, as in the specification; the engine rejects other keys. @see https://github.com/compose-spec/compose-spec */
const SERVICE_KEYS = [
  ...[
    'build',
    'cap_add',
    'cap_drop',
    'command',
    'cpus',
    'depends_on',
    'env_file',
    'environment',
    'healthcheck',
    'image',
    'logging',
  ],
  ...['mem_limit', 'memswap_limit', 'pids_limit', 'ports', 'profiles', 'read_only', 'restart', 'security_opt'],
  ...['stop_grace_period', 'tmpfs', 'user', 'volumes'],
];
const HEALTHCHECK_KEYS = ['test', 'interval', 'timeout', 'start_period', 'retries'];
const DURATION = /^(\d+h)?(\d+m)?(\d+s)?$/;
const SIZE = /^\d+[kmg]$/;

const text = textOf('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const { 'sapa-whatsapp': service, balancer, postgres, tunnel } = compose.services;
const INSTANCES = ['sapa-whatsapp', 'sapa-whatsapp-2', 'sapa-whatsapp-3'] as const;
const image = parseDockerfile(textOf('Dockerfile')).at(-1) ?? { name: '', from: '', instructions: [] };
const inImage = environmentOf(image);
const restOf = (name: string) => image.instructions.find((instruction) => instruction.name === name)?.rest;

t.test('the file contains only keys of the Compose specification', async (t) => {
  t.same(Object.keys(compose), ['x-instance', 'services', 'volumes']);
  t.same(Object.keys(compose.services), [...INSTANCES, 'balancer', 'postgres', 'tunnel']);
  for (const [name, given] of Object.entries(compose.services)) {
    for (const key of Object.keys(given)) t.ok(SERVICE_KEYS.includes(key), `${name}: ${key}`);
    for (const key of Object.keys(given.healthcheck)) t.ok(HEALTHCHECK_KEYS.includes(key), `${name}: ${key}`);
    const { interval, timeout, start_period } = given.healthcheck;
    for (const value of [interval, timeout, start_period, given.stop_grace_period]) t.match(value, DURATION, name);
    for (const value of [given.mem_limit, given.memswap_limit]) t.match(value, SIZE, name);
  }
});

t.test('every variable has a default or is in .env.example', async (t) => {
  const example = textOf('.env.example');
  // Remove comments: variables in them are not substituted.
  const used = text.replace(/^\s*#.*$/gm, '').matchAll(/\$\{?(\w+)(:-[^}]*)?\}?/g);
  const names = [...used].map(([, name = '', standard]) => [name, standard] as const);
  t.ok(names.length > 0);
  for (const [name, standard] of names) t.ok(standard ?? new RegExp(`^(# )?${name}=`, 'm').test(example), name);
  t.match(example, /^(# )?TUNNEL_TOKEN=/m, 'the one that a person has to fetch is explained there');
});

t.test('every named file and volume exists', async (t) => {
  t.same(compose.volumes, { data: null, postgres: null });
  t.same(service.volumes, [`data:${restOf('VOLUME')}`]);
  for (const volume of [...tunnel.volumes, ...balancer.volumes]) {
    const [, file = '', mode] = /^(?:\$\{\w+:-)?([\w./]+)\}?:[\w./]+:(\w+)$/.exec(volume) ?? [];
    t.ok(file !== '' && existsSync(join(ROOT, file)), volume);
    t.equal(mode, 'ro');
  }
  t.equal(service.build, '.');
});

t.test('the service gets its settings from .env, except values that differ inside a container', async (t) => {
  t.equal(service.env_file, '.env');
  const { HOST, DATA_DIR, WHATSAPP_SERVER_PORT } = inImage;
  const { environment } = service;
  t.match(environment, { HOST, DATA_DIR, WHATSAPP_SERVER_PORT: Number(WHATSAPP_SERVER_PORT) });
  t.equal(environment.DATA_DIR, restOf('VOLUME'), 'what must survive is in the volume');
  t.equal(environment.TRUST_PROXY, 'loopback,uniquelocal', 'the tunnel comes from the network of Docker');
  t.equal(environment.TUNNEL_TOKEN, '', 'which .env holds for the tunnel alone');
  t.same(String(environment.NODE_OPTIONS).split(' '), readMemoryLimits(t).heapOptions, 'the same heap as under PM2');
});

t.test('the service is reachable only from this machine, at the port of .env', async (t) => {
  t.same(service.ports, [`127.0.0.1:\${WHATSAPP_SERVER_PORT:-3003}:${restOf('EXPOSE')}`]);
  t.equal(tunnel.ports, undefined);
});

t.test('the service has the health check of the image and enough time to stop', async (t) => {
  t.equal(service.healthcheck.test, undefined, 'the command stands in the image');
  t.ok(commandOf(image, 'HEALTHCHECK').length > 1);
  const { interval, timeout, start_period, retries } = service.healthcheck;
  const flags = image.instructions.find(({ name }) => name === 'HEALTHCHECK')?.flags;
  t.same(flags, { interval, timeout, 'start-period': start_period, retries: String(retries) });
  t.ok(msOf(service.stop_grace_period) > MAX_SHUTDOWN_MS + 2_000, service.stop_grace_period);
});

t.test('all services are restarted, have limits, a read-only file system and no privileges', async (t) => {
  for (const [name, given] of Object.entries(compose.services)) {
    t.equal(given.restart, 'unless-stopped', name);
    t.equal(given.read_only, true, name);
    t.same(given.cap_drop, ['ALL'], name);
    t.same(given.security_opt, ['no-new-privileges:true'], name);
    t.equal(given.memswap_limit, given.mem_limit, `${name}: no swap`);
    t.ok(given.cpus > 0 && given.cpus <= 1, `${name}: an engine with one processor refuses more`);
    t.ok(given.pids_limit >= 64 && given.pids_limit <= 256, name);
    t.same(given.logging, { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } }, name);
  }
  // Sum: the service up to the limit of PM2, the health check (a Node process) and the size of /tmp.
  const tmpfs = Number(/size=(\d+)m/.exec(service.tmpfs?.join() ?? '')?.[1]);
  t.ok(megabytesOf(service.mem_limit) >= readMemoryLimits(t).maxMemoryMb + 60 + tmpfs);
  t.match(service.tmpfs, [/^\/tmp:/]);
});

t.test(
  'the profile «cluster» adds two equal instances, PostgreSQL 17 and a balancer that asks all for their health',
  async (t) => {
    const { ports, volumes, ...shared } = service;
    for (const name of INSTANCES.slice(1)) t.same(compose.services[name], { ...shared, profiles: ['cluster'] }, name);
    t.same(shared.depends_on, { postgres: { condition: 'service_healthy', required: false } });
    t.equal(postgres.image, '$' + '{POSTGRES_IMAGE:-postgres:17}');
    t.equal(postgres.ports, undefined, 'reachable only by the instances');
    t.same([postgres.profiles, balancer.profiles], [['cluster'], ['cluster']]);
    const caddyfile = textOf('deploy/Caddyfile');
    const [, upstreams = ''] = /reverse_proxy (.*) \{/.exec(caddyfile) ?? [];
    t.same(
      upstreams.split(' '),
      INSTANCES.map((name) => `${name}:${restOf('EXPOSE')}`),
    );
    t.match(caddyfile, /health_uri \/api\/health\n/);
    t.same(balancer.ports, ['127.0.0.1:$' + '{CLUSTER_PORT:-3080}:3080']);
    t.match(caddyfile, /^http:\/\/:3080 \{$/m);
    t.same(balancer.cap_add, ['NET_BIND_SERVICE'], 'which the file of its program demands');
    // The variables that .env.example shows: another machine, so without sslmode TLS would be demanded.
    const [, example = ''] = /^# (?:DATABASE_URL=)(\S*@postgres:\S*)$/m.exec(textOf('.env.example')) ?? [];
    t.match(parseDatabaseUrl(example), { ssl: false });
    const { username, hostname, pathname } = new URL(example);
    t.same(
      [username, hostname, pathname],
      [postgres.environment.POSTGRES_USER, 'postgres', `/${postgres.environment.POSTGRES_DB}`],
    );
  },
);

t.test('the tunnel starts on request, after the service is healthy, with rules that expose one path', async (t) => {
  t.equal(service.profiles, undefined);
  t.same(tunnel.profiles, ['tunnel']);
  t.same(tunnel.depends_on, { 'sapa-whatsapp': { condition: 'service_healthy' } });
  const config = tunnel.volumes[0]?.split(':').at(-2);
  t.equal(tunnel.command, `tunnel --config ${config} run`);
  t.equal(tunnel.environment.TUNNEL_TOKEN, '$' + '{TUNNEL_TOKEN:-}');
  t.match(tunnel.image, /^\$\{CLOUDFLARED_IMAGE:-cloudflare\/cloudflared:\d+\.\d+\.\d+\}$/, 'a version, not latest');
  t.same(tunnel.healthcheck.test?.slice(0, 2), ['CMD', 'cloudflared'], 'without a shell: its image has none');
  t.ok(tunnel.healthcheck.test?.includes(String(tunnel.environment.TUNNEL_METRICS)), 'asked where it listens');
  t.ok(msOf(tunnel.stop_grace_period) > msOf(String(tunnel.environment.TUNNEL_GRACE_PERIOD)));
});

/** Parses a duration of seconds or minutes. @returns ms */
function msOf(duration: string): number {
  const [, minutes = '0m', seconds = '0s'] = /^(\d+m)?(\d+s)?$/.exec(duration) ?? [];
  return (Number.parseInt(minutes, 10) * 60 + Number.parseInt(seconds, 10)) * 1_000;
}

function megabytesOf(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('g') ? 1_024 : 1);
}
