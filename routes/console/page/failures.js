import { call } from './api.js';
import { confirmAction } from './confirm.js';
import { byId, createKeyedList, el, setBadge, setText, toast } from './dom.js';
import { ago, at, number, readableMasked } from './format.js';
import { ALERTS, UPSTREAMS, word } from './texts.js';

/** Creates the list of dead letters and alerts. `openConversation(reference)` shows a number. */
export function createFailures(openConversation) {
  const showLetters = createKeyedList(byId('letters'), { key: ({ id }) => id, render: letterItem });
  const showAlerts = createKeyedList(byId('alerts'), {
    key: ({ kind }) => kind,
    render: alertItem,
    empty: 'Belum ada peringatan.',
  });

  function letterItem(letter) {
    const { id, masked, reference, reason, upstream, attempts, messages, hasReply, diedAt, history } = letter;
    const questions = el('div', { className: 'questions' });
    return el(
      'li',
      { 'data-id': id },
      el('header', {}, el('b', { className: 'number' }, readableMasked(masked)), ago(diedAt)),
      el('p', { className: 'reason' }, el('b', {}, word(UPSTREAMS, upstream)), el('q', {}, reason)),
      el(
        'p',
        { className: 'detail' },
        `${number(messages)} pesan, ${number(attempts)} percobaan. `,
        hasReply
          ? 'Balasan tersimpan: putar ulang mengirimnya.'
          : 'Tanpa balasan: putar ulang menanyakan lagi kepada Gemini.',
      ),
      historyOf(history),
      questions,
      el(
        'div',
        { className: 'actions' },
        el(
          'button',
          { type: 'button', 'data-action': 'replay', onclick: (event) => replay(event.currentTarget, letter) },
          'Putar ulang',
        ),
        el(
          'button',
          { type: 'button', 'data-action': 'texts', onclick: () => showQuestions(id, questions) },
          'Tampilkan pertanyaan',
        ),
        el(
          'button',
          { type: 'button', 'data-action': 'open', onclick: () => openConversation(reference) },
          'Buka percakapan',
        ),
        el(
          'button',
          { type: 'button', 'data-action': 'discard', className: 'risky', onclick: () => discard(letter) },
          'Buang',
        ),
      ),
    );
  }

  function historyOf(history) {
    if (history.length === 0) return null;
    const entry = (one) => el('li', {}, at(one.at), el('span', {}, `${word(UPSTREAMS, one.upstream)}: ${one.reason}`));
    return el(
      'details',
      {},
      el('summary', {}, `Riwayat (${history.length} kegagalan)`),
      el('ol', { className: 'history' }, history.map(entry)),
    );
  }

  async function replay(button, { id, masked }) {
    button.disabled = true;
    try {
      await call('POST', `api/dead-letters/${encodeURIComponent(id)}/replay`);
      toast(`Pesan gagal ${masked} diputar ulang.`);
    } catch (error) {
      toast(error.message);
    } finally {
      button.disabled = false;
    }
  }

  function discard({ id, masked }) {
    confirmAction({
      title: 'Buang pesan gagal ini?',
      text: `Pesan dari ${masked} dihapus dan tidak akan dijawab. Tindakan ini tidak dapat dibatalkan.`,
      action: 'Buang',
      isDangerous: true,
      async run() {
        await call('DELETE', `api/dead-letters/${encodeURIComponent(id)}`);
        toast(`Pesan gagal ${masked} dibuang.`);
      },
    });
  }

  /** The texts come from the admin route of dead letters, which records who read it. */
  async function showQuestions(id, place) {
    try {
      const texts = await findTexts(id);
      place.replaceChildren(...(texts ?? ['Pesan ini sudah tidak ada.']).map((text) => el('blockquote', {}, text)));
    } catch (error) {
      toast(error.message);
    }
  }

  async function findTexts(id) {
    let cursor = 0;
    while (cursor !== null) {
      const { deadLetters, nextCursor } = await call('GET', `api/dead-letters?limit=200&cursor=${cursor}`);
      const found = deadLetters.find((letter) => letter.id === id);
      if (found) return found.messages;
      cursor = nextCursor;
    }
    return null;
  }

  return function show({ total, deadLetters, alerts }) {
    setText(
      byId('failures-answer'),
      total === 0 ? 'Tidak ada pesan gagal.' : `${number(total)} pesan gagal menunggu ditangani.`,
    );
    byId('failures').dataset.status = total === 0 ? 'healthy' : 'degraded';
    setBadge('failures', total);
    showLetters(deadLetters);
    setText(byId('letters-more'), total > deadLetters.length ? `Ditampilkan ${deadLetters.length} yang terbaru.` : '');
    showAlerts(alerts);
  };
}

function alertItem({ kind, at: time, open }) {
  return el(
    'li',
    { 'data-open': String(open) },
    el('span', { className: 'lamp', 'aria-hidden': 'true' }),
    el('span', {}, word(ALERTS, kind)),
    el('span', { className: 'state' }, open ? 'berlangsung' : 'berakhir'),
    el('small', {}, 'dikirim ', at(time)),
  );
}
