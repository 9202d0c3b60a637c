import { findMessageIds, lastQuestion, parsePart } from '../support/message-ids.ts';
import type { ClusterSlot } from './cluster-slots.ts';

/** A fault of the harness. `slot`: the process that it hit; undefined for a fault of the database. */
export interface Fault {
  kind: 'kill' | 'freeze' | 'terminate' | 'restart';
  slot?: number;
  /** From its start to its end (SIGCONT, start of the next process), ms on the monotonic clock. */
  from: number;
  until: number;
}

/** A request to Gemini about a conversation. */
export interface ModelRequest {
  slot: number;
  sender: string;
  from: number;
  /** Undefined until the response was sent or the process was killed. */
  until: number | undefined;
}

/** A part that FONNTE accepted. */
export interface SentPart {
  slot: number;
  sender: string;
  reply: string;
  part: number;
  at: number;
}

/** What the fake upstreams saw of a cluster. Times are ms on the monotonic clock. */
export interface ClusterRecord {
  faults: Fault[];
  modelRequests: ModelRequest[];
  sentParts: SentPart[];
  /** The ids of the messages with the response 200, per sender and in their order. */
  accepted: Map<string, string[]>;
  /** Records the requests of a process. */
  observe(slot: ClusterSlot): void;
  /** Ends the open requests of a killed process. */
  endRequestsOf(slot: number): void;
}

/** Creates an empty record. `senderOf`: who wrote the message with this id. */
export function createClusterRecord(senderOf: (id: string) => string | undefined): ClusterRecord {
  const modelRequests: ModelRequest[] = [];
  const sentParts: SentPart[] = [];
  return {
    faults: [],
    modelRequests,
    sentParts,
    accepted: new Map(),
    observe({ index: slot, gemini, fonnte }) {
      const open = new Map<object, ModelRequest>();
      gemini.onRequest((request) => {
        const [id = ''] = findMessageIds(lastQuestion(request.body as Parameters<typeof lastQuestion>[0]));
        const sender = senderOf(id);
        if (sender === undefined) return;
        const modelRequest: ModelRequest = { slot, sender, from: performance.now(), until: undefined };
        modelRequests.push(modelRequest);
        open.set(request, modelRequest);
      });
      gemini.onResponse((request) => {
        const modelRequest = open.get(request);
        if (modelRequest) modelRequest.until ??= performance.now();
        open.delete(request);
      });
      fonnte.onSent(({ target, message }) => {
        const { reply, part } = parsePart(message);
        sentParts.push({ slot, sender: target, reply, part, at: performance.now() });
      });
    },
    endRequestsOf(slot) {
      for (const request of modelRequests) if (request.slot === slot) request.until ??= performance.now();
    },
  };
}
