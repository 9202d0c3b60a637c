import { personNumber, questionMark } from './messages.ts';

/** A question from the moment it is sent until its reply is seen. */
export interface Question {
  mark: string;
  sender: string;
  sentAt: number;
  /** Total time of its requests at the fake upstreams, ms. */
  heldMs: number;
  replied: PromiseWithResolvers<number>;
}

/** Which questions wait for their reply. A reply is known by the marks of the questions that it answers. */
export function createQuestions() {
  const byMark = new Map<string, Question>();
  const bySender = new Map<string, Question>();
  let asked = 0;
  let answered = 0;
  let doubles = 0;

  return {
    ask(person: number): Question & { text: string } {
      asked += 1;
      const mark = questionMark(asked);
      const sender = personNumber(person);
      const replied = Promise.withResolvers<number>();
      const question = { mark, sender, sentAt: performance.now(), heldMs: 0, replied };
      byMark.set(mark, question);
      bySender.set(sender, question);
      return Object.assign(question, { text: `Tolong jelaskan keadaan unit saya ${mark}` });
    },
    /** A reply was sent that answers these marks. */
    reply(marks: readonly string[]) {
      const at = performance.now();
      for (const mark of marks) {
        const question = byMark.get(mark);
        if (!question) {
          doubles += 1;
          continue;
        }
        byMark.delete(mark);
        answered += 1;
        question.replied.resolve(at);
      }
    },
    /** Adds the duration of an upstream request to this question, or to the latest question of this sender. */
    held(key: string, ms: number) {
      const question = byMark.get(key) ?? bySender.get(key);
      if (question) question.heldMs += ms;
    },
    /** Nobody will answer this one: it was refused. */
    drop: (mark: string) => void byMark.delete(mark),
    waiting: () => byMark.size,
    counts: () => ({ asked, answered, doubles }),
    forget() {
      byMark.clear();
      bySender.clear();
    },
  };
}

export type Questions = ReturnType<typeof createQuestions>;
