import { byId, clock, el, icon, initials, readablePhone, readableSize } from './dom.js';
import { render } from './whatsapp.js';

/** WhatsApp collapses longer messages. */
const MAX_UNFOLDED = { characters: 1100, lines: 22 };
const ATTACHMENTS = {
  image: ['image', 'Foto'],
  voice: ['voice', 'Pesan suara'],
  location: ['location', 'Lokasi'],
};
const DAY = new Intl.DateTimeFormat('id-ID', { weekday: 'long', day: 'numeric', month: 'long' });

/** The open conversation with its messages and the typing indicator. */
export function createChat() {
  const log = byId('log');
  // A scrollable element must be reachable by keyboard.
  log.tabIndex = 0;
  const newest = byId('newest');
  const typing = el(
    'div',
    { className: 'typing', hidden: true },
    el('span', { className: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')),
    el('span', { className: 'hidden' }, 'SAPA sedang mengetik'),
  );
  const shown = new Map();
  let phone = null;
  let repeats = null;
  let atEnd = true;

  log.addEventListener('scroll', () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    newest.hidden = atEnd;
  });
  newest.addEventListener('click', () => log.scrollTo({ top: log.scrollHeight, behavior: 'smooth' }));
  new ResizeObserver(() => atEnd && toEnd()).observe(log);

  function toEnd() {
    log.scrollTop = log.scrollHeight;
  }

  /** Shows the messages of a user; `demo` has the model in use and the interval of FONNTE's repetitions. */
  function open(person, bubbles, demo) {
    phone = person.phone;
    repeats = demo.repeats;
    shown.clear();
    byId('chat-name').textContent = person.name;
    byId('chat-about').textContent = [readablePhone(person.phone), person.unit].filter(Boolean).join(' · ');
    byId('chat-avatar').textContent = initials(person.name);
    byId('chat-avatar').dataset.tint = person.tint;
    const note =
      demo.answeredBy === 'gemini'
        ? 'Yang menjawab di sini Gemini asli.'
        : 'Yang menjawab di sini model tiruan berbasis aturan, bukan Gemini.';
    log.replaceChildren(
      el('p', { className: 'note' }, note, person.remark ? el('span', {}, `Nomor ini ${person.remark}.`) : null),
      typing,
    );
    for (const bubble of bubbles) place(bubble);
    showTyping(0);
    toEnd();
  }

  function place(bubble) {
    if (bubble.phone !== phone) return;
    const element = bubbleElement(bubble);
    const before = shown.get(bubble.id);
    shown.set(bubble.id, element);
    if (before) {
      element.classList.toggle('first', before.classList.contains('first'));
      before.replaceWith(element);
    } else {
      addDay(bubble.at);
      const previous = typing.previousElementSibling;
      element.classList.toggle('first', previous?.dataset.from !== bubble.from);
      typing.before(element);
    }
    if (atEnd || (!before && bubble.from === 'person')) toEnd();
    else newest.hidden = false;
  }

  function addDay(at) {
    const day = DAY.format(at);
    const days = log.querySelectorAll('.day');
    if (days.length === 0 || days[days.length - 1].textContent !== day)
      typing.before(el('p', { className: 'day' }, day));
  }

  function bubbleElement(bubble) {
    const isAnswer = bubble.from === 'assistant';
    const content = el('div', { className: 'text' }, bubble.attachment ? attachment(bubble) : render(bubble.text));
    const file = bubble.file ? fileElement(bubble) : null;
    const meta = el(
      'div',
      { className: 'meta' },
      el('time', { datetime: new Date(bubble.at).toISOString() }, clock(bubble.at)),
      isAnswer ? null : tick(bubble),
    );
    const bubbleBox = el(
      'div',
      { className: 'bubble' },
      el('span', { className: 'hidden' }, isAnswer ? 'SAPA: ' : 'Anda: '),
      quote(bubble),
      file,
      content,
      fold(bubble, content),
      meta,
    );
    return el(
      'article',
      {
        className: `message ${bubble.from}`,
        'data-from': bubble.from,
        'data-inboxid': isAnswer ? undefined : bubble.inboxid,
      },
      bubbleBox,
      isAnswer ? null : webhookResponses(bubble),
    );
  }

  /** A picture as a thumbnail that opens in full size, any other file as a card that is saved. */
  function fileElement({ id, file }) {
    const { name, mediaType, bytes } = file;
    const address = `files/${id}`;
    if (mediaType.startsWith('image/')) {
      const image = el('img', { src: address, alt: `Gambar ${name}` });
      image.addEventListener('load', () => atEnd && toEnd());
      const button = el('button', { type: 'button', className: 'picture', 'aria-label': `Buka gambar ${name}` }, image);
      button.addEventListener('click', () => showPicture(address, name));
      return button;
    }
    const extension = name.includes('.') ? name.split('.').at(-1).toUpperCase() : 'BERKAS';
    return el(
      'a',
      { className: 'file', href: address, download: name },
      el('span', { className: 'kind', 'aria-hidden': 'true' }, extension),
      el('span', {}, name, el('small', {}, `${extension} · ${readableSize(bytes)}`)),
      icon('save'),
    );
  }

  function showPicture(address, name) {
    const close = el('button', { type: 'button', className: 'close', 'aria-label': 'Tutup gambar' }, icon('close'));
    const dialog = el(
      'dialog',
      { className: 'viewer', 'aria-label': name },
      close,
      el('img', { src: address, alt: `Gambar ${name}` }),
    );
    dialog.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function attachment({ attachment: kind, text }) {
    const [drawing, name] = ATTACHMENTS[kind];
    return el(
      'p',
      { className: 'attachment' },
      icon(drawing),
      el('span', {}, name, el('small', {}, text || 'isinya tidak ikut')),
    );
  }

  /** The message that a reply quotes; a click scrolls to it. */
  function quote({ from, inboxid }) {
    if (from !== 'assistant' || inboxid === 0) return null;
    const quoted = log.querySelector(`[data-inboxid="${inboxid}"]`);
    const words = quoted?.querySelector('.text')?.textContent ?? 'Pesan sebelumnya';
    const button = el(
      'button',
      { type: 'button', className: 'quote' },
      el('b', {}, byId('chat-name').textContent),
      el('span', {}, words),
    );
    button.addEventListener('click', () => {
      quoted?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      quoted?.animate([{ filter: 'brightness(0.85)' }, { filter: 'none' }], 900);
    });
    return button;
  }

  function fold({ text }, content) {
    if (text.length < MAX_UNFOLDED.characters && text.split('\n').length < MAX_UNFOLDED.lines) return null;
    content.classList.add('folded');
    const button = el('button', { type: 'button', className: 'more', 'aria-expanded': 'false' }, 'Baca selengkapnya');
    button.addEventListener('click', () => {
      content.classList.remove('folded');
      button.remove();
    });
    return button;
  }

  function tick({ responses }) {
    const last = responses.at(-1);
    const [drawing, words] = !last
      ? ['wait', 'sedang disampaikan']
      : responses.some(({ status }) => status === 200)
        ? ['taken', 'diterima layanan']
        : ['refused', 'tidak diterima layanan'];
    return el(
      'span',
      { className: `tick ${drawing}`, title: words },
      icon(drawing),
      el('span', { className: 'hidden' }, words),
    );
  }

  /** The responses of the webhook; null after a single «accepted». */
  function webhookResponses({ responses, repeating }) {
    const words = responses.map(({ status, code }) => (status === 0 ? 'tidak terjawab' : `${status} ${code}`));
    if (words.length === 0 || words.join() === '200 accepted') return null;
    const shownWords = words.length > 3 ? [words[0], `… ${words.length - 2} kali lagi …`, words.at(-1)] : words;
    return el(
      'p',
      { className: 'outcome' },
      `Webhook: ${shownWords.join(' → ')}`,
      repeating ? el('span', {}, `FONNTE mengulang tiap ${repeats.everySeconds} detik`) : null,
    );
  }

  let typingEnds;
  function showTyping(ms) {
    clearTimeout(typingEnds);
    typing.hidden = ms <= 0;
    if (ms > 0) typingEnds = setTimeout(showTyping, ms, 0);
    if (ms > 0 && atEnd) toEnd();
  }

  return { open, place, typing: showTyping };
}
