import type { Part } from '../part.ts';
import { memory } from './memory.ts';
import { questions } from './questions.ts';
import { reply } from './reply.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { turns } from './turns.ts';
import { webhook } from './webhook.ts';

/** All parts, in the order in which they run and appear in results.md. */
export const PARTS: Record<string, Part> = { webhook, reply, questions, turns, memory, start, scale };

/** Parts that run only by name: they need more than this repository. */
export const ON_REQUEST = ['scale'];

/** Parts that are measured together under one name. `feel`: what a person in the chat notices, and what it costs. */
export const GROUPS: Record<string, string[]> = { feel: ['reply', 'webhook', 'questions'] };
