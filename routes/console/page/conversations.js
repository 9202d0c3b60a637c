import { byId, createKeyedList, el, setBadge, setText } from './dom.js';
import { ago, at, number, readableMasked } from './format.js';

/** Creates the list of active conversations, with masked numbers. `openConversation(reference)` shows one. */
export function createConversations(openConversation) {
  const showConversations = createKeyedList(byId('conversation-list'), {
    key: ({ reference }) => reference,
    render: conversationItem,
  });
  const input = byId('number');
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    openConversation(input.value);
  });

  function conversationItem({ reference, masked, lastMessageAt, sessionEntries, pending, pausedUntil = null }) {
    return el(
      'li',
      { 'data-paused': String(pausedUntil !== null) },
      el('b', { className: 'number' }, readableMasked(masked)),
      el('span', { className: 'facts' }, [
        el('span', {}, lastMessageAt === null ? 'tanpa pesan' : ['pesan terakhir ', ago(lastMessageAt)]),
        el('span', {}, `${number(sessionEntries)} isi sesi`),
        pending > 0 ? el('span', { className: 'warn' }, `${number(pending)} menunggu`) : null,
        pausedUntil === null ? null : el('span', { className: 'warn' }, 'dijeda sampai ', at(pausedUntil)),
      ]),
      el(
        'button',
        {
          type: 'button',
          'data-action': 'open',
          'aria-label': `Buka ${masked}`,
          onclick: () => openConversation(reference),
        },
        'Buka',
      ),
    );
  }

  return ({ conversations, more }) => {
    const count = conversations.length;
    setText(
      byId('conversations-answer'),
      count === 0 ? 'Tidak ada percakapan aktif.' : `${number(count)}${more ? ' lebih' : ''} percakapan aktif.`,
    );
    setBadge('conversations', count);
    showConversations(conversations);
    setText(
      byId('conversation-list-more'),
      more ? `Ditampilkan ${count} yang terbaru. Untuk yang lain, isi nomornya.` : '',
    );
  };
}
