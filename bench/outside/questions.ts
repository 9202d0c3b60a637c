import { personNumber, questionMark } from './messages.ts';

/** A question between its send and its reply. */
export interface Question {
  mark: string;
  sender: string;
  sentAt: number;
  /** Total time of its requests at the fake upstreams, ms. */
  upstreamMs: number;
  replied: PromiseWithResolvers<number>;
}

/** The questions without a reply. The marks in a reply identify its questions. */
export function createQuestions() {
  const byMark = new Map<string, Question>();
  const bySender = new Map<string, Question>();
  let asked = 0;
  let answered = 0;
  let duplicates = 0;

  return {
    ask(person: number): Question & { text: string } {
      asked += 1;
      const mark = questionMark(asked);
      const sender = personNumber(person);
      const replied = Promise.withResolvers<number>();
      const question = { mark, sender, sentAt: performance.now(), upstreamMs: 0, replied };
      byMark.set(mark, question);
      bySender.set(sender, question);
      return Object.assign(question, { text: `Tolong jelaskan keadaan unit saya ${mark}` });
    },
    /** Records a reply with these marks. */
    reply(marks: readonly string[]) {
      const at = performance.now();
      for (const mark of marks) {
        const question = byMark.get(mark);
        if (!question) {
          duplicates += 1;
          continue;
        }
        byMark.delete(mark);
        answered += 1;
        question.replied.resolve(at);
      }
    },
    /** Adds the duration of an upstream request to this question, or to the latest question of this sender. */
    addUpstreamTime(key: string, ms: number) {
      const question = byMark.get(key) ?? bySender.get(key);
      if (question) question.upstreamMs += ms;
    },
    /** Removes a rejected question. */
    drop: (mark: string) => void byMark.delete(mark),
    waiting: () => byMark.size,
    counts: () => ({ asked, answered, duplicates }),
    forget() {
      byMark.clear();
      bySender.clear();
    },
  };
}

export type Questions = ReturnType<typeof createQuestions>;
