import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '../../sandbox/postgres-server.ts';
import { runSql } from '../support/store-contract/shared.ts';
import type { ClusterRecord, Fault } from './cluster-record.ts';
import type { ClusterSlot } from './cluster-slots.ts';

const KINDS = ['kill', 'freeze', 'terminate', 'restart'] as const;

/**
 * Injects random faults until `forMs` have passed, at least one of each kind.
 * @returns the end of the last freeze: it is not awaited before the next fault
 */
export async function injectFaults(options: {
  slots: readonly ClusterSlot[];
  database: PostgresServer;
  record: ClusterRecord;
  random: () => number;
  forMs: number;
  /** Mean pause between two faults, ms. */
  meanPauseMs: number;
  /** How long a process is frozen, ms. */
  freezeMs: number;
  print(line: string): void;
}): Promise<void> {
  const { slots, database, record, random, meanPauseMs } = options;
  const endsAt = performance.now() + options.forMs;
  const freezes: Promise<void>[] = [];
  for (let kinds = shuffle(KINDS); kinds.length > 0 || performance.now() < endsAt; ) {
    if (kinds.length === 0) kinds = shuffle(KINDS);
    await sleep(random() * 2 * meanPauseMs);
    const kind = kinds.shift();
    if (kind === 'kill') await kill(await chooseSlot());
    else if (kind === 'freeze') freezes.push(freeze(await chooseSlot()));
    else if (kind === 'terminate') await disturb(kind, terminateConnections);
    else await disturb('restart', database.restartImmediately);
  }
  await Promise.all(freezes);

  function shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  /** Chooses a process that is up; waits for one if all are frozen. */
  async function chooseSlot(): Promise<ClusterSlot> {
    for (;;) {
      const up = slots.filter(({ isUp }) => isUp);
      const slot = up[Math.floor(random() * up.length)];
      if (slot) return slot;
      await sleep(100);
    }
  }

  function begin(kind: Fault['kind'], slot?: ClusterSlot): Fault {
    const fault: Fault = { kind, from: performance.now(), until: Number.POSITIVE_INFINITY };
    if (slot) fault.slot = slot.index;
    record.faults.push(fault);
    options.print(`${record.faults.length}. ${kind}${slot ? ` process ${slot.index}` : ''}`);
    return fault;
  }

  async function kill(slot: ClusterSlot): Promise<void> {
    const fault = begin('kill', slot);
    slot.isUp = false;
    await slot.running.stop('SIGKILL');
    record.endRequestsOf(slot.index);
    slot.running = slot.launcher.start();
    await slot.running.started;
    fault.until = performance.now();
    slot.isUp = true;
  }

  async function freeze(slot: ClusterSlot): Promise<void> {
    const fault = begin('freeze', slot);
    slot.isUp = false;
    process.kill(slot.running.pid, 'SIGSTOP');
    await sleep(options.freezeMs);
    fault.until = performance.now();
    process.kill(slot.running.pid, 'SIGCONT');
    slot.isUp = true;
  }

  async function disturb(kind: 'terminate' | 'restart', run: () => Promise<unknown>): Promise<void> {
    const fault = begin(kind);
    await run();
    fault.until = performance.now();
  }

  function terminateConnections() {
    return runSql(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sapa-whatsapp'",
    );
  }
}
