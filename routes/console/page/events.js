import { byId, el } from './dom.js';
import { exactClock, readableMasked } from './format.js';
import { EVENT_KINDS } from './texts.js';

/** Events of one filter at most. */
const MAX_ROWS = 100;

/** The last events, newest first, filtered by kind. */
export function createEvents() {
  const list = byId('feed').querySelector('ol');
  const filter = byId('kinds');
  // A scrollable element must be reachable by keyboard.
  byId('feed').tabIndex = 0;
  let entries = [];
  let selected = 'all';

  filter.append(
    ...Object.entries(EVENT_KINDS).map(([kind, name]) =>
      el(
        'label',
        {},
        el('input', { type: 'radio', name: 'kind', value: kind, checked: kind === 'all' }),
        el('span', {}, name),
      ),
    ),
  );
  filter.addEventListener('change', ({ target }) => {
    selected = target.value;
    byId('feed').scrollTop = 0;
    render();
  });

  function render() {
    const shown = entries.filter(({ kind }) => selected === 'all' || kind === selected).slice(-MAX_ROWS);
    const rows =
      shown.length > 0 ? shown.reverse().map(row) : [el('li', { className: 'empty' }, 'Belum ada kejadian.')];
    list.replaceChildren(...rows);
  }

  function row({ at, level, text, conversation, type }) {
    return el(
      'li',
      { 'data-level': level },
      el('time', { datetime: new Date(at).toISOString() }, exactClock(at)),
      el('span', { className: 'text' }, text),
      el('small', { title: type }, conversation === null ? type : readableMasked(conversation)),
    );
  }

  return {
    clear() {
      entries = [];
      render();
    },
    add(added) {
      const last = entries.at(-1)?.id ?? 0;
      const fresh = added.filter(({ id }) => id > last);
      if (fresh.length === 0 && entries.length > 0) return;
      entries = keepNewest([...entries, ...fresh]);
      render();
    },
  };
}

/** Keeps as many events of each kind as one filter shows. */
function keepNewest(entries) {
  const counts = new Map();
  return entries
    .reverse()
    .filter(({ kind }) => {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return counts.get(kind) <= MAX_ROWS;
    })
    .reverse();
}
