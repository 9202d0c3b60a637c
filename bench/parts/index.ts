import type { Part } from '../part.ts';
import { memory } from './memory.ts';
import { reply } from './reply.ts';
import { start } from './start.ts';
import { turns } from './turns.ts';
import { webhook } from './webhook.ts';

/** All parts, in the order in which they run and appear in results.md. */
export const PARTS: Record<string, Part> = { webhook, reply, turns, memory, start };
