import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual, promisify } from 'node:util';
import { openDemoEnvironment } from '../sandbox/demo/environment.ts';
import { maskVaryingValues } from './document-blocks.ts';

// Runs the README's curl commands as they are written (except for the port) and compares the responses.

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const calls = [...readme.matchAll(/```sh\n(curl [\s\S]*?)```\n\n```json\n([\s\S]*?)```/g)];
const run = promisify(execFile);
let failed = calls.length === 0 ? 1 : 0;

const environment = await openDemoEnvironment({ servicePort: 3003 });
try {
  await environment.service.start();
  const base = new URL(environment.webhookUrl);
  const env = {
    ...process.env,
    WEBHOOK_SECRET_KEY: base.searchParams.get('secret') ?? '',
    ADMIN_API_KEY: environment.adminKey,
  };
  for (const [, written = '', expected = ''] of calls) {
    const command = written.replaceAll('http://localhost:3003', base.origin);
    const { stdout } = await run('bash', ['-c', command], { env });
    const same = isDeepStrictEqual(
      maskVaryingValues(JSON.parse(stdout || 'null'), JSON.parse(expected)),
      JSON.parse(expected),
    );
    if (!same) failed += 1;
    process.stdout.write(
      `${same ? 'ok' : 'not ok'} - ${command.split('\n')[0]}\n${same ? '' : `  answered ${stdout}\n`}`,
    );
  }
} finally {
  await environment.close();
}
process.stdout.write(`${calls.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
