import { runAction } from './api.js';
import { byId, el } from './dom.js';

/** Maximum length of a message that the service accepts, characters. */
const MAX_MESSAGE_CHARACTERS = 1000;
const SUGGESTIONS = [
  'Kegiatan minggu ini apa saja?',
  'Berapa sisa anggaran saya?',
  'Gambarkan realisasi per bulan',
  '/bantuan',
];

/** The input of messages; `phone()` returns the number of the sender. */
export function createComposer(phone) {
  const form = byId('composer');
  const text = byId('text');
  const count = byId('count');
  const attach = byId('attach');
  const menu = byId('attachments');
  const suggestions = byId('suggestions');

  const send = async (body) => runAction('/api/messages', { phone: phone(), ...body });

  function fit() {
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
    count.hidden = text.value.length < 0.9 * MAX_MESSAGE_CHARACTERS;
    count.textContent = `${text.value.length}/${MAX_MESSAGE_CHARACTERS}`;
    count.classList.toggle('over', text.value.length > MAX_MESSAGE_CHARACTERS);
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const written = text.value;
    if (written.trim() === '') return text.focus();
    text.value = '';
    fit();
    if (!(await send({ text: written })) && text.value === '') {
      text.value = written;
      fit();
    }
    text.focus();
  });
  text.addEventListener('input', fit);
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  function openMenu(isOpen) {
    menu.hidden = !isOpen;
    attach.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) menu.querySelector('button').focus();
  }
  attach.addEventListener('click', () => openMenu(menu.hidden));
  menu.addEventListener('click', ({ target }) => {
    const kind = target.closest('[data-attachment]')?.dataset.attachment;
    if (!kind) return;
    openMenu(false);
    text.focus();
    send({ attachment: kind });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || menu.hidden) return;
    openMenu(false);
    attach.focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (!menu.hidden && !target.closest('.attach')) openMenu(false);
  });

  suggestions.replaceChildren(
    ...SUGGESTIONS.map((words) => {
      const button = el('button', { type: 'button' }, words);
      button.addEventListener('click', () => {
        send({ text: words });
        text.focus();
      });
      return button;
    }),
  );

  return {
    focus: () => text.focus(),
    /** Shows or hides the suggestions; they are for an empty conversation. */
    suggest(isWanted) {
      suggestions.hidden = !isWanted;
    },
  };
}
