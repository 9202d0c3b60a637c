import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { textOf } from './facts.ts';

const text = textOf('deploy/logrotate/sapa-whatsapp');
const [, pattern = '', body = ''] = /^(\/\S+) \{\n([\s\S]*?)^\}$/m.exec(text) ?? [];
const directives = body
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));
const hasLogrotate = spawnSync('logrotate', ['--version']).status === 0;

t.test('the configuration covers and limits the logs of PM2, which stay open during rotation', async (t) => {
  t.equal(pattern, '/opt/sapa-whatsapp/logs/*.log');
  for (const [, file = ''] of textOf('ecosystem.config.cjs').matchAll(/_file: '(.+)'/g))
    t.match(file, /^\.\/logs\/[\w-]+\.log$/);
  for (const wanted of ['copytruncate', 'compress', 'missingok', 'su sapa sapa'])
    t.ok(directives.includes(wanted), wanted);
  t.ok(directives.some((directive) => /^rotate \d+$/.test(directive)));
  t.ok(directives.some((directive) => /^maxsize \d+M$/.test(directive)));
  t.notOk(
    directives.some((directive) => directive.startsWith('create')),
    'which copytruncate would ignore',
  );
});

t.test(
  'logrotate accepts the configuration and rotates',
  { skip: !hasLogrotate && 'no logrotate on this machine' },
  async (t) => {
    const folder = scratchFolder(t);
    const logs = join(folder, 'logs');
    const log = join(logs, 'webhook-out.log');
    const config = join(folder, 'sapa-whatsapp');
    mkdirSync(logs);
    writeFileSync(log, '{"event":"service.started"}\n');
    writeFileSync(config, text.replace(dirname(pattern), logs).replace(/^ *su .*$/m, ''));
    chmodSync(config, 0o644);
    const { status, stderr } = spawnSync('logrotate', ['--force', '--state', join(folder, 'state'), config], {
      encoding: 'utf8',
    });
    t.same({ status, stderr }, { status: 0, stderr: '' });
    t.same(readdirSync(logs).sort(), ['webhook-out.log', 'webhook-out.log.1']);
    t.equal(readFileSync(log, 'utf8'), '');
  },
);
