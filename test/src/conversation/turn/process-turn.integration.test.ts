import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { unfenced } from '../../../../sandbox/rule-based-model.ts';
import { senderOf } from '../../../../src/conversation-key.ts';
import { one } from '../../../../src/store/types.ts';
import {
  type FakeUpstreams,
  LINKED,
  OTHER_LINKED,
  startFakeUpstreams,
  UNLINKED,
} from '../../../support/fake-upstreams.ts';
import { scratchFolder } from '../../../support/folders.ts';
import { type Service, startService } from '../../../support/service.ts';
import { fingerprint, newMessage } from '../../../support/store-contract/samples.ts';

const say = (upstreams: { fonnte: { buildPayload(o: object): object } }, message: string, more: object = {}) =>
  upstreams.fonnte.buildPayload({ sender: LINKED, message, ...more });

/** Lets FONNTE fail until its circuit opens. */
async function openCircuitOfFonnte({ fonnte }: FakeUpstreams, { app }: Service): Promise<void> {
  await fonnte.setFault({ kind: 'status', status: 503 });
  for (let index = 0; index < 5 && app.fonnte.breaker.state() === 'closed'; index++) {
    await app.fonnte.devices[0].typing(senderOf(LINKED), 1, true).catch(() => undefined);
  }
}

t.test('a message goes the whole way: stored, identified, answered from the session, sent, remembered', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses([{ text: 'Halo **Siti**' }, { text: 'jawaban kedua' }]);
  t.match(await service.call(say(upstreams, 'Halo')), { status: 200, body: { success: true, status: 'accepted' } });
  const first = await upstreams.fonnte.waitForSent((sent) => sent.target === LINKED);
  t.equal(first.message, 'Halo *Siti*', 'the reply is WhatsApp text');
  await service.waitForEvent('turn.finished');
  await service.call(say(upstreams, 'Lalu?'));
  await upstreams.fonnte.waitForSent((sent) => sent.message === 'jawaban kedua');
  const [, second] = upstreams.gemini.requests;
  const request = second?.body as {
    contents: { role: string; parts: { text: string }[] }[];
    systemInstruction: object;
  };
  t.same(
    request.contents.map(({ role, parts }) => [role, unfenced(parts[0]?.text ?? '')]),
    [
      ['user', 'Halo'],
      ['model', 'Halo **Siti**'],
      ['user', 'Lalu?'],
    ],
    'the second request carries the session',
  );
  const system = JSON.stringify(request.systemInstruction);
  t.match(system, /Kementerian Koperasi dan UKM/);
  const message = request.contents.at(-1)?.parts[0]?.text ?? '';
  t.match(message, /Nama pengguna: Siti Rahmawati/);
  // Not dateStyle: its days below 10 have a leading zero.
  const date = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Asia/Jakarta' } as const;
  t.match(message, new Intl.DateTimeFormat('id-ID', date).format());
  t.notMatch(JSON.stringify(request), /sandbox-|6281200000001/, 'the prompt holds no key and no number');
  t.equal(second?.path.startsWith('/v1beta/'), true);
});

t.test('messages sent in a burst are answered together, in order, quoting the last', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { COALESCE_WINDOW_MS: 1_000 });
  upstreams.gemini.scriptResponses(() => ({ text: 'satu jawaban' }));
  for (const text of ['Berapa', 'sisa', 'anggaran?']) await service.call(say(upstreams, text));
  const sent = await upstreams.fonnte.waitForSent(() => true);
  await service.waitForEvent('turn.finished');
  const request = upstreams.gemini.requests.at(-1)?.body as { contents: { parts: { text: string }[] }[] };
  t.equal(unfenced(request.contents[0]?.parts[0]?.text ?? ''), 'Berapa\nsisa\nanggaran?');
  const last = upstreams.fonnte.requests.filter(({ path }) => path === '/send').at(-1);
  t.ok(Number((last?.body as { inboxid?: string } | undefined)?.inboxid) > 0, 'the last message is quoted');
  t.equal(sent.message, 'satu jawaban');
  t.equal(upstreams.fonnte.sent.length, 1);
});

t.test(
  'a conversation has one turn at a time, in parallel to others; messages during a turn form the next turn',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams);
    const gate = Promise.withResolvers<void>();
    let underWay = 0;
    let most = 0;
    upstreams.gemini.scriptResponses(async ({ contents }) => {
      const question = unfenced(contents.at(-1)?.parts?.[0]?.text ?? '');
      if (question !== 'lain') most = Math.max(most, ++underWay);
      if (question === 'satu') await gate.promise;
      if (question !== 'lain') underWay -= 1;
      return { text: `jawab: ${question.replaceAll('\n', '+')}` };
    });
    await service.call(say(upstreams, 'satu'));
    await upstreams.gemini.waitForRequest(() => true);
    await service.call(say(upstreams, 'dua'));
    await service.call(say(upstreams, 'tiga'));
    await service.call(say(upstreams, 'lain', { sender: OTHER_LINKED }));
    await upstreams.fonnte.waitForSent((sent) => sent.target === OTHER_LINKED);
    t.equal(upstreams.fonnte.sent.filter(({ target }) => target === LINKED).length, 0);
    gate.resolve();
    await upstreams.fonnte.waitForSent((sent) => sent.message === 'jawab: dua+tiga');
    t.same(
      upstreams.fonnte.sent.filter(({ target }) => target === LINKED).map(({ message }) => message),
      ['jawab: satu', 'jawab: dua+tiga'],
    );
    t.equal(most, 1);
  },
);

t.test('no more turns run at once than MAX_CONCURRENT_TURNS', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { MAX_CONCURRENT_TURNS: 1 });
  const gate = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async () => {
    await gate.promise;
    return { text: 'ya' };
  });
  await service.call(say(upstreams, 'satu'));
  await service.call(say(upstreams, 'dua', { sender: OTHER_LINKED }));
  await upstreams.gemini.waitForRequest(() => true);
  t.equal(service.app.conversations.running(), 1);
  gate.resolve();
  await upstreams.fonnte.waitForSent((sent) => sent.target === OTHER_LINKED);
  t.equal(upstreams.gemini.requests.length, 2);
});

t.test('a reply that FONNTE first rejects is sent later, and never generated again', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'sekali saja' }));
  await upstreams.fonnte.setFault(
    { kind: 'reject', body: { Status: 'false', detail: 'server busy' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  await service.call(say(upstreams, 'Halo'));
  const retry = await service.waitForEvent('turn.retrying');
  t.match(retry, { upstream: 'fonnte', reason: 'other' });
  t.ok(retry.delayMs <= 2000, 'the first retry comes within 2 s');
  await upstreams.fonnte.waitForSent((sent) => sent.message === 'sekali saja');
  await service.waitForEvent('turn.finished');
  t.equal(upstreams.gemini.requests.length, 1);
  t.equal(upstreams.fonnte.sent.length, 1);
});

t.test('a part noted as sent is not sent again when a later part fails', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const paragraph = (letter: string) => Array.from({ length: 600 }, (_, index) => `${letter}${index}`).join(' ');
  upstreams.gemini.scriptResponses(() => ({ text: ['a', 'b', 'c'].map(paragraph).join('\n\n') }));
  let sends = 0;
  await upstreams.fonnte.setFault(
    { kind: 'status', status: 502 },
    { times: 1, match: ({ path }) => path === '/send' && ++sends === 2 },
  );
  await service.call(say(upstreams, 'panjang'));
  await service.waitForEvent('turn.finished');
  t.same(
    upstreams.fonnte.sent.map(({ message }) => message.match(/[abc]/)?.[0]),
    ['a', 'b', 'c'],
  );
  t.ok(upstreams.fonnte.sent.every(({ message }) => message.length <= 3500));
});

t.test(
  'a permanent rejection by FONNTE causes a dead letter with the reply, without an apology; a replay sends the reply',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams);
    upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
    await upstreams.fonnte.setFault(
      { kind: 'reject', body: { status: false, reason: 'insufficient quota' } },
      { times: 1, match: ({ path }) => path === '/send' },
    );
    await service.call(say(upstreams, 'Halo'));
    t.match(await service.waitForEvent('turn.dead-lettered'), { upstream: 'fonnte', reason: 'quota', hasReply: true });
    const [letter] = await service.app.store.deadLetters.list({ limit: 10, cursor: 0 });
    t.match(letter, { sender: LINKED, reason: 'insufficient quota', messages: ['Halo'], hasReply: true });
    t.equal(upstreams.fonnte.sent.length, 0);
    t.same(await service.app.store.deadLetters.replay(letter?.id ?? ''), { sender: LINKED });
    service.app.conversations.notify(LINKED);
    await upstreams.fonnte.waitForSent((sent) => sent.message === 'jawaban');
    t.equal(upstreams.gemini.requests.length, 1, 'the stored reply is sent, not a new one');
  },
);

t.test(
  'past the deadline the sender gets one apology, and neither it nor the question enters the session',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams, { TURN_DEADLINE_SECONDS: 5, GEMINI_TIMEOUT_MS: 300 });
    await upstreams.gemini.setFault({ kind: 'hang' });
    await service.call(say(upstreams, 'Halo'));
    const sent = await upstreams.fonnte.waitForSent(() => true, 20_000);
    t.equal(sent.message, 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.');
    await service.waitForEvent('turn.dead-lettered');
    t.equal(await one(service.app.store.sessions.get([LINKED])), null);
    const [letter] = await service.app.store.deadLetters.list({ limit: 10, cursor: 0 });
    t.match(letter, { upstream: 'gemini', hasReply: false, messages: ['Halo'] });

    await upstreams.gemini.clearFaults();
    upstreams.gemini.scriptResponses(() => ({ text: 'sekarang bisa' }));
    // Its breaker may rest for longer than this turn's short deadline.
    await pause(service.app.gemini.breaker.openForMs());
    await service.app.store.deadLetters.replay(letter?.id ?? '');
    service.app.conversations.notify(LINKED);
    await upstreams.fonnte.waitForSent(({ message }) => message === 'sekarang bisa', 40_000);
    t.equal(upstreams.fonnte.sent.filter(({ message }) => message.startsWith('Maaf')).length, 1);
  },
);

t.test('a question that the model blocks gets a fixed sentence and is not a dead letter', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  for (const script of [
    { blockReason: 'SAFETY' },
    { finishReason: 'PROHIBITED_CONTENT' },
    { finishReason: 'SPII', text: 'x' },
  ]) {
    const before = upstreams.fonnte.sent.length;
    upstreams.gemini.scriptResponses([script]);
    await service.call(say(upstreams, 'Halo'));
    await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length > before);
    t.match(upstreams.fonnte.sent.at(-1)?.message, /^Maaf, saya tidak dapat menjawab pertanyaan itu/);
  }
  t.equal((await service.app.store.inbox.status()).deadLetters, 0);
});

t.test('an answer that is cut says so; an empty one goes to the next model, then to a fixed sentence', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses([{ finishReason: 'MAX_TOKENS', text: 'Separuh' }]);
  await service.call(say(upstreams, 'panjang'));
  t.match((await upstreams.fonnte.waitForSent(() => true)).message, /^Separuh\n\n\(Jawaban terpotong/);
  upstreams.gemini.scriptResponses([{ empty: true }, { text: 'dari model kedua' }]);
  await service.call(say(upstreams, 'kosong'));
  await upstreams.fonnte.waitForSent(({ message }) => message === 'dari model kedua');
  t.same(
    upstreams.gemini.requests.slice(1).map(({ model }) => model),
    ['gemini-3.8-flash', 'gemini-3.5-flash-lite'],
  );
  upstreams.gemini.scriptResponses(() => ({ empty: true }));
  await service.call(say(upstreams, 'kosong lagi'));
  await upstreams.fonnte.waitForSent(({ message }) => message.startsWith('Maaf, saya belum menemukan'));
});

t.test('a model that fails is passed over at once, an unknown one set aside', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, {
    GEMINI_MODEL: 'models/tidak-ada',
    GEMINI_FALLBACK_MODELS: 'gemini-3.8-flash',
  });
  await upstreams.gemini.setFault(
    { kind: 'status', status: 503 },
    { times: 1, match: ({ model }) => model === 'gemini-3.8-flash' },
  );
  upstreams.gemini.scriptResponses(() => ({ text: 'ada' }));
  await service.call(say(upstreams, 'Halo'));
  await upstreams.fonnte.waitForSent(() => true);
  await service.call(say(upstreams, 'Lagi'));
  await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length === 2);
  t.same(
    upstreams.gemini.requests.map(({ model }) => model),
    ['tidak-ada', 'gemini-3.8-flash', 'gemini-3.5-flash-lite', 'gemini-3.8-flash'],
  );
});

t.test('a session is forgotten after thirty idle minutes, and by /reset', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  let skew = 0;
  const service = await startService(t, upstreams, {}, { now: () => Date.now() + skew });
  upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
  const turns = () => (upstreams.gemini.requests.at(-1)?.body as { contents?: object[] } | undefined)?.contents?.length;
  const ask = async (text: string) => {
    const before = upstreams.fonnte.sent.length;
    const timestamp = Math.floor((Date.now() + skew) / 1000);
    await service.call(say(upstreams, text, { timestamp }));
    await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length > before);
    while ((await service.app.store.inbox.status()).pending > 0) await new Promise(setImmediate);
  };
  await ask('satu');
  skew += 29 * 60_000;
  await ask('dua');
  t.equal(turns(), 3);
  skew += 31 * 60_000;
  await ask('tiga');
  t.equal(turns(), 1, 'idle too long');
  await ask('/reset');
  t.equal(upstreams.gemini.requests.length, 3, 'a command asks no model');
  await ask('empat');
  t.equal(turns(), 1, 'reset');
});

t.test('a session survives a restart and holds at most twenty entries', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  upstreams.gemini.scriptResponses(({ contents }) => ({ text: `jawab ${contents.length}` }));
  const first = await startService(t, upstreams, { DATA_DIR, RATE_LIMIT_PER_MINUTE: 100 });
  for (let index = 0; index < 12; index++) {
    await first.call(say(upstreams, `tanya ${index}`));
    await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length === index + 1);
    while ((await first.app.store.inbox.status()).pending > 0) await new Promise(setImmediate);
  }
  await first.close();
  const second = await startService(t, upstreams, { DATA_DIR });
  const session = await one(second.app.store.sessions.get([LINKED]));
  t.equal(session?.entries.length, 20);
  t.equal(session?.entries[0]?.content, 'tanya 2');
});

t.test('messages accepted before a stop are answered after the start', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const DATA_DIR = scratchFolder(t);
  const first = await startService(t, upstreams, { DATA_DIR });
  await openCircuitOfFonnte(upstreams, first);
  await first.call(say(upstreams, 'Halo'));
  await first.close();
  t.equal(upstreams.gemini.requests.length, 0, 'no turn starts while nothing can be sent');
  await upstreams.fonnte.clearFaults();
  upstreams.gemini.scriptResponses(() => ({ text: 'setelah mulai lagi' }));
  await startService(t, upstreams, { DATA_DIR });
  await upstreams.fonnte.waitForSent(({ message }) => message === 'setelah mulai lagi');
});

t.test('a message during an outage of Supabase is accepted and identified in its turn', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  await upstreams.supabase.setFault({ kind: 'refuse' });
  t.equal((await service.call(say(upstreams, 'Halo'))).status, 200);
  t.equal((await service.call(say(upstreams, 'Halo', { sender: UNLINKED }))).status, 200);
  await service.waitForEvent('turn.retrying', ({ upstream }) => upstream === 'supabase');
  await upstreams.supabase.clearFaults();
  upstreams.gemini.scriptResponses(() => ({ text: 'teridentifikasi' }));
  await upstreams.fonnte.waitForSent(
    ({ target, message }) => target === LINKED && message === 'teridentifikasi',
    30_000,
  );
  const notice = await upstreams.fonnte.waitForSent(({ target }) => target === UNLINKED, 30_000);
  t.match(notice.message, /belum terhubung/);
  t.equal(upstreams.gemini.requests.length, 1, 'no message of an unlinked sender reaches the model');
});

t.test(
  'an open circuit of FONNTE prevents Gemini requests, and all messages are answered after it closes',
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const service = await startService(t, upstreams);
    upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
    await openCircuitOfFonnte(upstreams, service);
    t.equal(service.app.fonnte.breaker.state(), 'open');
    await service.call(say(upstreams, 'Halo'));
    await service.call(say(upstreams, 'Hai', { sender: OTHER_LINKED }));
    await service.waitForEvent('turn.postponed');
    t.equal(upstreams.gemini.requests.length, 0);
    await upstreams.fonnte.clearFaults();
    await upstreams.fonnte.waitForSent(({ target }) => target === LINKED, 20_000);
    await upstreams.fonnte.waitForSent(({ target }) => target === OTHER_LINKED, 20_000);
    t.equal(upstreams.fonnte.sent.length, 2);
  },
);

t.test('an attachment that cannot be opened gets a friendly sentence, a location is passed on as text', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'lokasi diterima' }));
  await service.call(say(upstreams, 'non-text message', { type: 'image' }));
  t.match((await upstreams.fonnte.waitForSent(() => true)).message, /belum dapat membuka berkas/);
  t.equal(upstreams.gemini.requests.length, 0);
  await service.call(say(upstreams, 'non-text message', { type: '', location: '-6.2607,106.8134', url: null }));
  await upstreams.fonnte.waitForSent(({ message }) => message === 'lokasi diterima');
  t.match(JSON.stringify(upstreams.gemini.requests[0]?.body), /-6\.2607,106\.8134/);
});

t.test('indicators that fail stop no answer', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { RATE_LIMIT_PER_MINUTE: 100 });
  upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
  await upstreams.fonnte.setFault({ kind: 'status', status: 429 }, { match: ({ path }) => path === '/typing' });
  for (let index = 1; index <= 8; index++) {
    await service.call(say(upstreams, `pesan ${index}`));
    await upstreams.fonnte.waitForSent(() => upstreams.fonnte.sent.length === index);
    await service.idle();
  }
  t.equal(service.app.fonnte.breaker.state(), 'closed');
});

t.test('an answer that formats to nothing is a sentence all the same', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: '<!-- kosong -->' }));
  await service.call(say(upstreams, 'Halo'));
  t.match((await upstreams.fonnte.waitForSent(() => true)).message, /^Maaf, saya belum menemukan jawabannya/);
});

t.test('a conversation that is forgotten between two parts is sent no more of them', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { PART_INTERVAL_MS: 300 });
  const paragraph = (letter: string) => Array.from({ length: 600 }, (_, index) => `${letter}${index}`).join(' ');
  upstreams.gemini.scriptResponses(() => ({ text: ['a', 'b', 'c'].map(paragraph).join('\n\n') }));
  upstreams.fonnte.onSent(() => void service.app.store.forget(senderOf(LINKED)));
  await service.call(say(upstreams, 'panjang'));
  await service.waitForEvent('part.sent');
  await service.idle();
  t.equal(upstreams.fonnte.sent.length, 1);
});

t.test('an answer of Supabase that is no list of rows is not read as «no such user»', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  upstreams.gemini.scriptResponses(() => ({ text: 'ya' }));
  await upstreams.supabase.setFault({ kind: 'reject', body: {} });
  t.equal((await service.call(say(upstreams, 'Halo'))).status, 200);
  await service.waitForEvent('turn.retrying', ({ upstream }) => upstream === 'supabase');
  await upstreams.supabase.clearFaults();
  await upstreams.fonnte.waitForSent(({ message }) => message === 'ya', 30_000);
  t.equal(upstreams.fonnte.sent.length, 1);
});

t.test('a dropped turn is not reported as answered', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  await upstreams.supabase.setFault({ kind: 'refuse' });
  await service.call(say(upstreams, 'Halo', { sender: UNLINKED }));
  await upstreams.supabase.clearFaults();
  await service.waitForEvent('turn.dropped');
  await upstreams.fonnte.waitForSent(({ target }) => target === UNLINKED);
  await service.idle();
  const outcomes = service.occurrences.flatMap((event) => (event.type === 'turn.finished' ? [event.outcome] : []));
  t.same(outcomes, ['not-linked'], 'the notice alone is an end');
});

t.test('a notice between two messages holds neither of them back', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const first = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async ({ contents }) => {
    const asked = contents.at(-1)?.parts?.[0]?.text ?? '';
    if (asked.includes('nol')) await first.promise;
    return { text: `tentang ${/nol|satu|dua/.exec(asked)?.[0]}` };
  });
  await service.call(say(upstreams, 'nol'));
  await upstreams.gemini.waitForRequest(({ method }) => method === 'POST');
  t.equal((await service.call(say(upstreams, 'satu'))).status, 200);
  t.equal((await service.call(say(upstreams, 'x'.repeat(1001)))).status, 400);
  t.equal((await service.call(say(upstreams, 'dua'))).status, 200);
  first.resolve();
  await upstreams.fonnte.waitForSent(({ message }) => message.includes('dua'));
  await service.idle();
  const sentTexts = upstreams.fonnte.sent.map(({ message }) => /nol|satu|dua|panjang/.exec(message)?.[0]);
  t.same(sentTexts, ['nol', 'satu', 'panjang', 'dua']);
  t.equal((await service.app.store.inbox.status()).pending, 0);
});

t.test('a message that a failing store rejected but stored is answered after the recovery', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams);
  const message = { seq: 1, sender: LINKED, userId: null, device: '1', inboxid: 1, text: 'Halo', attachment: null };
  await one(service.app.store.inbox.accept([newMessage({ ...message, receivedAt: Date.now() }, fingerprint())]));
  await service.idle();
  t.same(upstreams.fonnte.sent, [], 'no message was sent');
  service.events.emit({ type: 'store.recovered' });
  await upstreams.fonnte.waitForSent(({ target }) => target === LINKED);
});
