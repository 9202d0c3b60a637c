import t, { type Test } from 'tap';
import { findFreePort, randomPort } from '../../sandbox/demo/ports.ts';
import { ServiceProcess } from '../../sandbox/demo/service-process.ts';

/** Creates a service from code; `ANSWER` in it starts a healthy HTTP server. */
async function create(test: Test, code: string) {
  const port = await findFreePort(randomPort());
  const answer = `require('node:http').createServer((_, r) => r.end('{"status":"healthy"}')).listen(${port},'127.0.0.1')`;
  const service = new ServiceProcess({
    name: 'Layanan',
    args: ['-e', code.replace('ANSWER', answer)],
    cwd: process.cwd(),
    env: {},
    url: `http://127.0.0.1:${port}`,
  });
  test.teardown(() => service.close());
  const states: string[] = [];
  service.onState((state) => states.push(state));
  return { service, states };
}

t.test('a service is running when it responds, and can be killed and started again', async (t) => {
  const { service, states } = await create(t, 'ANSWER');
  await service.start();
  const first = service.pid;
  await service.start();
  t.equal(service.pid, first, 'a running service is not started again');
  await service.kill();
  t.equal(service.pid, undefined);
  await service.start();
  t.not(service.pid, first);
  t.same(states, ['starting', 'running', 'stopped', 'starting', 'running']);
});

t.test('a service that exits during the start reports its last output', async (t) => {
  const { service, states } = await create(t, 'console.log("bukan JSON"); throw new Error("kehabisan tenaga")');
  await t.rejects(service.start(), /berhenti saat dimulai[\s\S]*kehabisan tenaga/);
  t.match(service.outputTail, 'bukan JSON');
  t.same(states, ['starting', 'stopped']);
});

t.test('listeners get each JSON line of the log', async (t) => {
  const { service } = await create(t, 'console.log(`{"event":"a"}\\n[1]\\nnull`); ANSWER');
  const { promise, resolve } = Promise.withResolvers<unknown>();
  service.onLine(resolve);
  await service.start();
  t.same(await promise, { event: 'a' });
});

t.test('a closed service cannot be started again', async (t) => {
  const { service } = await create(t, 'ANSWER');
  await service.start();
  await service.close();
  t.equal(service.state, 'stopped');
  await t.rejects(service.start(), /sudah diakhiri/);
});

t.test('a service that ignores SIGTERM is killed on close', async (t) => {
  const { service } = await create(t, 'process.on("SIGTERM", () => {}); ANSWER');
  await service.start();
  await service.close();
  t.equal(service.pid, undefined);
});
