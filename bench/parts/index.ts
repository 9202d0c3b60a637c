import type { Part } from '../part.ts';
import { ack } from './ack.ts';
import { data } from './data.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { turns } from './turns.ts';

/** All parts, in the order in which they are run and stand in results.md. */
export const PARTS: Record<string, Part> = { ack, turns, latency, memory, start, data, soak };
