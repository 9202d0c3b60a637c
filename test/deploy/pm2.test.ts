import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { MAX_SHUTDOWN_MS } from '../../src/app-options.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { buildAnswer, buildMessageId, findMessageIds } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { ADMIN_KEY, environmentOf, SECRET } from '../support/service.ts';
import { MAX_WAIT_MS, waitUntil } from '../support/wait.ts';

import { installed, writeEnv } from './installed.ts';
import { startPm2 } from './pm2.ts';
import { readMemoryLimits } from './pm2-config.ts';

t.setTimeout(300_000);

const CONFIG = 'ecosystem.config.cjs';
const NAME = 'excel-processor-whatsapp-webhook';
/** Maximum wait of a second `pm2 reload` for the first one (RELOAD_LOCK_TIMEOUT of pm2). */
const RELOAD_LOCK_MS = 30_000;
/** Variables of the operator's shell: they must not reach the service, where they would override `.env`, or pm2's files. */
const SHELL = { FONNTE_TOKEN: 'token-dari-shell', RAHASIA_LAIN: 'rahasia-dari-shell' };

// All tests share one installation, pm2 and service, and continue in order, as an operator does.
const upstreams = await startFakeUpstreams(t);
const folder = installed(t);
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const webhook = `${url}/webhook/whatsapp?secret=${SECRET}`;
const settings = environmentOf(upstreams, {
  WHATSAPP_SERVER_PORT: port,
  DATA_DIR: './data',
  LOG_LEVEL: 'info',
  RATE_LIMIT_PER_MINUTE: 100_000,
});
const pm2 = startPm2(t, folder);

t.test('start: the service is healthy, uses the Node of the project and answers a message', async (t) => {
  writeEnv(folder, settings);
  upstreams.gemini.scriptResponses(buildAnswer);
  t.equal((await pm2.run(['start', CONFIG], SHELL)).code, 0);
  await healthy();
  const message = `Tolong catat ${buildMessageId(1)} ya`;
  const delivery = upstreams.fonnte.deliver(webhook, upstreams.fonnte.buildPayload({ sender: LINKED, message }), {
    retries: 0,
  });
  const sent = await upstreams.fonnte.waitForSent(({ target }) => target === LINKED, MAX_WAIT_MS);
  t.same(findMessageIds(sent.message), [buildMessageId(1)], 'with the token of .env, not that of the shell');
  t.same((await delivery).statuses, [200]);
  const { name, pm2_env } = await pm2.app();
  t.match({ name, ...pm2_env }, { name: NAME, status: 'online', exec_mode: 'fork_mode', instances: 1 });
  t.equal(pm2_env.exec_interpreter, join(folder, 'node_modules', '.bin', 'node'));
  t.equal(`v${pm2_env.node_version}`, nodeOf(pm2_env.exec_interpreter), 'as the process reported to pm2');
  t.equal(pm2_env.max_memory_restart, readMemoryLimits(t).maxMemoryMb * 1024 * 1024);
  t.ok(pm2_env.kill_timeout > MAX_SHUTDOWN_MS + 2_000, 'killed only well after its longest stop');
  t.ok(pm2_env.kill_timeout < RELOAD_LOCK_MS, 'and before pm2 would let a second reload in');
});

t.test('save: the files of pm2 contain no keys, tokens or shell variables', async (t) => {
  t.equal((await pm2.run(['save'], SHELL)).code, 0);
  const paths = readdirSync(pm2.home, { recursive: true, encoding: 'utf8' }).map((path) => join(pm2.home, path));
  const files = paths.filter((path) => statSync(path).isFile());
  t.ok(files.includes(join(pm2.home, 'dump.pm2')), 'what a start of the machine goes by is among them');
  const texts = files.map((path) => readFileSync(path, 'utf8'));
  const { fonnte, gemini, supabase } = upstreams;
  const secrets = [fonnte.token, gemini.apiKey, supabase.serviceRoleKey, SECRET, ADMIN_KEY, ...Object.values(SHELL)];
  for (const secret of secrets)
    t.notOk(
      texts.some((text) => text.includes(secret)),
      secret,
    );
});

t.test('a log truncated by logrotate is continued from its start', async (t) => {
  truncateSync(join(folder, 'logs', 'webhook-out.log'));
  truncateSync(join(folder, 'logs', 'webhook.log'));
  await upstreams.fonnte.deliver(webhook, upstreams.fonnte.buildPayload({ sender: OTHER_LINKED, message: 'Halo' }), {
    retries: 0,
  });
  await waitUntil('a line in both', () => log('webhook-out.log') !== '' && log('webhook.log') !== '');
  for (const name of ['webhook-out.log', 'webhook.log']) t.match(log(name), /^\{"/, name);
});

t.test('reload under traffic: every message is answered once and in order', async (t) => {
  const before = await pm2.app();
  const people = [LINKED, OTHER_LINKED];
  const writers = people.map(startWriting);
  await waitUntil('replies before the reload', () => people.every((sender) => sentTo(sender).length > 3));
  t.equal((await pm2.run(['reload', CONFIG], SHELL)).code, 0);
  await healthy();
  const sends = upstreams.fonnte.sentCount;
  await waitUntil('replies after the reload', () => upstreams.fonnte.sentCount > sends + 3);
  const written = await Promise.all(writers.map((writer) => writer.end()));
  await waitUntil('an empty inbox', async () => {
    const { body } = await get(`${url}/api/conversations`, { authorization: `Bearer ${ADMIN_KEY}` });
    return (body.conversations as { pending: number }[]).every(({ pending }) => pending === 0);
  });
  t.ok(
    written.some(({ refused }) => refused > 0),
    'the service was unavailable during the reload',
  );
  for (const { sender, marks } of written) {
    const answered = sentTo(sender).flatMap(({ message }) => findMessageIds(message));
    t.same(
      answered.filter((mark) => mark !== buildMessageId(1)),
      marks,
      `${marks.length} messages of one person`,
    );
  }
  const after = await pm2.app();
  t.not(after.pid, before.pid);
  t.equal(after.pm2_env.restart_time, before.pm2_env.restart_time + 1);
  t.equal(after.pm2_env.exit_code, 0, 'the old process ended by itself');
});

t.test('stop: the running turn finishes, and the exit code is 0', async (t) => {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async () => {
    await promise;
    return { text: 'sebentar' };
  });
  const asked = upstreams.gemini.requests.at(-1)?.number ?? 0;
  const called = upstreams.gemini.waitForRequest(({ number }) => number > asked, MAX_WAIT_MS);
  await upstreams.fonnte.deliver(webhook, upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }), {
    retries: 0,
  });
  await called;
  const stops = stopsLogged();
  const stopped = pm2.run(['stop', NAME]);
  await waitUntil('the stop in the log', () => stopsLogged() > stops);
  release();
  t.equal((await stopped).code, 0);
  t.equal(sentTo(LINKED).at(-1)?.message, 'sebentar');
  t.match((await pm2.app()).pm2_env, { status: 'stopped', exit_code: 0 });
});

t.test(
  'the logs have the documented names, contain only JSON lines and are readable only by their owner',
  async (t) => {
    t.same(readdirSync(join(folder, 'logs')).sort(), ['webhook-err.log', 'webhook-out.log', 'webhook.log']);
    t.equal(statSync(join(folder, 'logs')).mode & 0o077, 0);
    const lines = log('webhook-out.log').trimEnd().split('\n');
    const events = lines.map((line) => (JSON.parse(line) as { event?: string }).event);
    for (const event of ['service.started', 'turn.finished', 'service.stopped']) t.ok(events.includes(event), event);
    t.equal(log('webhook-err.log'), '');
    t.equal(log('webhook.log'), log('webhook-out.log'));
  },
);

t.test(
  'an invalid .env: one message names the error, restarts have growing delays, and the corrected file is sufficient',
  async (t) => {
    const { GEMINI_API_KEY, ...rest } = settings;
    writeEnv(folder, rest);
    const daemonLog = () => readFileSync(join(pm2.home, 'pm2.log'), 'utf8');
    const { length } = daemonLog();
    await pm2.run(['start', CONFIG]);
    const delays = await waitUntil('two tries', () => {
      const found = [
        ...daemonLog()
          .slice(length)
          .matchAll(/will restart in (\d+)ms/g),
      ];
      return found.length > 1 && found.map(([, ms]) => Number(ms));
    });
    t.same(delays.slice(0, 2), [1_000, 1_500]);
    const said = log('webhook-err.log').split('Konfigurasi belum lengkap atau keliru:\n').slice(1);
    t.match(said[0], /^ {2}- GEMINI_API_KEY belum diisi: .+\n$/);
    t.equal(new Set(said).size, 1, 'the same each time, and nothing else');
    writeEnv(folder, { ...rest, GEMINI_API_KEY });
    await healthy();
  },
);

t.test('resurrect: the saved application runs again after a reboot', async (t) => {
  t.equal((await pm2.run(['save'])).code, 0);
  t.equal((await pm2.run(['kill'])).code, 0);
  t.equal(await get(`${url}/api/health`).catch(() => 'gone'), 'gone');
  t.equal((await pm2.run(['resurrect'], SHELL)).code, 0);
  await healthy();
  t.match((await pm2.app()).pm2_env, { status: 'online', kill_timeout: 28_000 });
});

function nodeOf(path: string): string {
  return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
}

function log(name: string): string {
  return readFileSync(join(folder, 'logs', name), 'utf8');
}

/** @returns the number of stops in the service's log */
function stopsLogged(): number {
  return log('webhook-out.log').split('"event":"service.stopping"').length - 1;
}

async function healthy(): Promise<void> {
  await waitUntil('a healthy service', async () => {
    const answer = await get(`${url}/api/health`).catch(() => undefined);
    return answer?.status === 200;
  });
}

function sentTo(sender: string): { message: string }[] {
  return upstreams.fonnte.sent.filter(({ target }) => target === sender);
}

/** Starts a user who sends the next message after the 200 of the previous one, until stopped. */
function startWriting(sender: string): { end(): Promise<{ sender: string; marks: string[]; refused: number }> } {
  const stop = new AbortController();
  const write = async () => {
    const marks: string[] = [];
    let refused = 0;
    while (!stop.signal.aborted) {
      // Odd numbers get an answer of one part.
      const mark = buildMessageId(3 + 2 * marks.length);
      const payload = upstreams.fonnte.buildPayload({ sender, message: `Tolong catat ${mark} ya` });
      const { statuses } = await upstreams.fonnte.deliver(webhook, payload, { retries: 10_000, retryEveryMs: 50 });
      refused += statuses.length - 1;
      marks.push(mark);
      await sleep(20);
    }
    return { sender, marks, refused };
  };
  const written = write();
  return {
    end() {
      stop.abort();
      return written;
    },
  };
}
