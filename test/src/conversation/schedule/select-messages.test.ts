import fc from 'fast-check';
import t from 'tap';
import { parseCommand } from '../../../../src/conversation/reply/commands.ts';
import {
  joinQuestion,
  msUntilClosed,
  ownerOf,
  selectJoining,
  selectMessages,
  selectWork,
} from '../../../../src/conversation/schedule/select-messages.ts';
import type { Message } from '../../../../src/types.ts';
import { keyOf } from '../../../support/conversation.ts';
import { buildTurn } from '../../../support/turn-fixture.ts';

const message = (seq: number, text: string, userId: string | null = 'u1'): Message => ({
  seq,
  sender: keyOf('6281200000001'),
  userId,
  device: '6281100000000',
  inboxid: seq,
  text,
  attachment: null,
  receivedAt: seq,
});

t.test('a turn takes at most 20 messages or 8,000 characters, in order, and always at least one', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 1200 }).map((text) => `x${text}`),
          { minLength: 1, maxLength: 40 },
        ),
        (texts) => {
          const waiting = texts.map((text, index) => message(index, text));
          const chosen = selectMessages(waiting);
          const taken = chosen?.messages ?? [];
          const characters = taken.reduce((sum, { text }) => sum + text.length, 0);
          return (
            taken.length >= 1 &&
            taken.length <= 20 &&
            (characters <= 8000 || taken.length === 1) &&
            taken.every((one, index) => one === waiting[index])
          );
        },
      ),
    ),
  );
});

t.test('a command ends the previous turn and forms a separate turn', async (t) => {
  const waiting = [message(1, 'halo'), message(2, '/reset'), message(3, 'lagi')];
  t.match(selectMessages(waiting), { kind: 'answer', messages: [{ seq: 1 }] });
  t.equal(selectMessages(waiting)?.messages.length, 1);
  t.match(selectMessages(waiting.slice(1)), { kind: 'command', messages: [{ seq: 2 }] });
  t.equal(selectMessages(waiting.slice(1))?.messages.length, 1);
  t.equal(selectMessages([]), null);
});

t.test('messages of two users never share a turn', async (t) => {
  const waiting = [message(1, 'a', null), message(2, 'b', 'u1'), message(3, 'c', 'u2')];
  t.same(
    selectMessages(waiting)?.messages.map(({ seq }) => seq),
    [1, 2],
  );
  t.equal(ownerOf(waiting), 'several');
  t.equal(ownerOf(waiting.slice(0, 1)), null);
});

t.test('commands are recognized without other text, in any case, and not within a sentence', async (t) => {
  t.equal(parseCommand(' /Bantuan '), 'bantuan');
  t.equal(parseCommand('MENU'), 'bantuan');
  t.equal(parseCommand('mulai'), 'bantuan');
  t.equal(parseCommand('help'), 'bantuan');
  t.equal(parseCommand('/sumber'), 'sumber');
  t.equal(parseCommand('menu rapat besok apa?'), null);
  t.equal(parseCommand('reset'), null);
});

t.test('a question joins the texts, and names places and files in words', async (t) => {
  const file = { type: 'image', url: '', filename: '', extension: '', location: '' };
  t.equal(joinQuestion([message(1, 'a'), message(2, 'b')]), 'a\nb');
  t.equal(joinQuestion([{ ...message(1, ''), attachment: file }]), '(mengirim gambar)');
  const contract = { ...file, type: 'document', filename: 'kontrak.pdf' };
  t.equal(joinQuestion([{ ...message(1, 'ini'), attachment: contract }]), 'ini\n(mengirim dokumen kontrak.pdf)');
  t.equal(joinQuestion([{ ...message(1, ''), attachment: { ...file, type: 'unknown' } }]), '(mengirim berkas)');
  t.match(joinQuestion([{ ...message(1, ''), attachment: { ...file, location: '-6.2,106.8' } }]), /-6\.2,106\.8/);
});

t.test('an open turn comes first; a notice that was not started comes after earlier messages', async (t) => {
  const waiting = [message(1, 'sebelum'), message(5, 'sesudah')];
  const pending = { sender: keyOf('6281200000001'), openAt: 0, crashes: 0 };
  const select = (open: ReturnType<typeof buildTurn> | null, messages = waiting) =>
    selectWork({ open, waiting: messages, pending, pause: null });
  const notice = buildTurn({ seq: 3, kind: 'notice', attempts: 0 });
  t.same(select(null), { open: null, waiting });
  t.same(select(notice), { open: null, waiting: [waiting[0]] }, 'the message before it');
  t.same(select(notice, waiting.slice(1)), { open: notice, waiting: waiting.slice(1) }, 'then the notice');
  const started = { ...notice, attempts: 1 };
  t.same(select(started), { open: started, waiting }, 'a notice that was started is continued');
  const first = { ...notice, seq: 0 };
  t.same(select(first), { open: first, waiting }, 'a notice without a number');
});

/** Returns the seqs of the messages at these times that join a turn of one message at 1,000, with a window of 100 ms. */
function joining(
  times: number[],
  {
    nextNoticeSeq = null,
    pausedSeq = null,
    edit = (each) => each,
  }: { nextNoticeSeq?: number | null; pausedSeq?: number | null; edit?: (of: Message) => Message } = {},
): number[] {
  const [first, ...waiting] = [1_000, ...times].map((receivedAt, index) =>
    edit({ ...message(index, `pesan ${index}`), receivedAt }),
  );
  const turn = buildTurn({ seq: 0, messages: first ? [first] : [] });
  return selectJoining({ turn, waiting, nextNoticeSeq, pausedSeq }, { windowMs: 100, userId: 'u1' }).map(
    ({ seq }) => seq,
  );
}

t.test('messages join within the window of the previous one, at most three windows after the first', async (t) => {
  t.same(joining([1_100, 1_200, 1_300]), [1, 2, 3]);
  t.same(joining([1_101]), [], 'after the window');
  t.same(joining([1_050, 1_151, 1_152]), [1], 'nor any that follows');
  t.same(joining([1_100, 1_200, 1_290, 1_301]), [1, 2, 3], 'three windows');
  t.same(joining([999]), [], 'the clock was set back');
});

t.test('a command, a notice, another user, a pause and the limits of a turn end the messages that join', async (t) => {
  const with2 = (change: Partial<Message>) => (each: Message) => (each.seq === 2 ? { ...each, ...change } : each);
  const times = [1_010, 1_020, 1_030];
  t.same(joining(times, { edit: with2({ text: '/reset' }) }), [1]);
  t.same(joining(times, { edit: with2({ userId: 'u2' }) }), [1]);
  t.same(joining(times, { edit: with2({ userId: null }) }), [1, 2, 3], 'a user who is not known yet');
  t.same(joining(times, { edit: with2({ text: 'x'.repeat(8_000) }) }), [1]);
  t.same(
    joining(times, { edit: (each) => ({ ...each, userId: each.seq === 0 ? null : 'u2' }) }),
    [],
    'no owner so far',
  );
  t.same(joining(times, { nextNoticeSeq: 1.5 }), [1]);
  t.same(joining(times, { pausedSeq: 1.5 }), [1]);
  t.same(joining(Array.from({ length: 30 }, () => 1_001)).length, 19, 'with the first message, 20');
});

t.test('a turn is closed when no further message can join', async (t) => {
  const at = (...times: number[]) => times.map((receivedAt, seq) => ({ ...message(seq, 'a'), receivedAt }));
  t.equal(msUntilClosed(at(1_000), 100, 1_000), 100);
  t.equal(msUntilClosed(at(1_000, 1_090), 100, 1_100), 90);
  t.equal(msUntilClosed(at(1_000, 1_090, 1_180, 1_270), 100, 1_280), 20, 'three windows after the first');
  t.equal(msUntilClosed(at(1_000), 100, 5_000), 0);
  t.equal(msUntilClosed(at(9_000), 100, 5_000), 0, 'the clock was set back');
});

t.test('a message that arrived earlier but was stored later joins, so that replies stay in order', async (t) => {
  const at = (seq: number, receivedAt: number) => ({ ...message(seq, 'a'), receivedAt });
  const turn = buildTurn({ seq: 5, messages: [at(5, 1_000)] });
  const waiting = [at(3, 100), at(6, 1_100), at(7, 1_301)];
  const joined = selectJoining(
    { turn, waiting, nextNoticeSeq: null, pausedSeq: null },
    { windowMs: 400, userId: 'u1' },
  );
  t.same(
    joined.map(({ seq }) => seq),
    [3, 6],
    'three windows count from the earliest',
  );
});
