import { ask } from './api.js';
import { byId, el } from './dom.js';

/** What the service takes, characters. */
const LONGEST = 1000;
const SUGGESTIONS = ['Kegiatan minggu ini apa saja?', 'Berapa sisa anggaran saya?', '/bantuan'];

/** Where messages are written; `phone()` is whose they are. */
export function createComposer(phone) {
  const form = byId('composer');
  const text = byId('text');
  const count = byId('count');
  const attach = byId('attach');
  const menu = byId('attachments');
  const suggestions = byId('suggestions');

  const send = async (body) => ask('/api/messages', { phone: phone(), ...body });

  function fit() {
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
    count.hidden = text.value.length < 0.9 * LONGEST;
    count.textContent = `${text.value.length}/${LONGEST}`;
    count.classList.toggle('over', text.value.length > LONGEST);
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
    /** Suggestions are for a conversation that has not begun. */
    suggest(isWanted) {
      suggestions.hidden = !isWanted;
    },
  };
}
