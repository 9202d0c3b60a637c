import { byId, el, initials, readablePhone } from './dom.js';

/** Whose phone it is: a list to pick from, with what came in while somebody else's was open. */
export function createPeople(pick) {
  const list = byId('people-list');
  const badge = byId('people-badge');
  let people = [];
  let unread = new Map();
  let chosen = null;

  function show(all) {
    people = all;
    list.replaceChildren(...people.map(row));
  }

  function row(person) {
    const isChosen = person.phone === chosen;
    const count = unread.get(person.phone) ?? 0;
    const button = el(
      'button',
      { type: 'button', 'aria-current': isChosen ? 'true' : undefined, 'data-phone': person.phone },
      el(
        'span',
        { className: 'avatar', 'data-tint': String(person.tint), 'aria-hidden': 'true' },
        initials(person.name),
      ),
      el(
        'span',
        { className: 'name' },
        el('b', {}, person.name),
        el('small', {}, person.remark || person.unit || readablePhone(person.phone)),
      ),
      count > 0
        ? el('span', { className: 'badge' }, String(count), el('span', { className: 'hidden' }, ' pesan baru'))
        : null,
    );
    button.addEventListener('click', () => pick(person));
    return el(
      'li',
      { className: person.remark.startsWith('belum') || person.remark.startsWith('tidak') ? 'refused' : '' },
      button,
    );
  }

  function choose(phone) {
    chosen = phone;
    unread.delete(phone);
    refresh();
  }

  function refresh() {
    const focused = document.activeElement?.dataset?.phone;
    show(people);
    if (focused) list.querySelector(`[data-phone="${focused}"]`)?.focus();
    const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
    badge.textContent = String(total);
    badge.hidden = total === 0;
  }

  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll('button')];
    buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length)?.focus();
  });

  return {
    show,
    choose,
    /** The person so many places further down, round and round. */
    neighbour: (step) => people.at((people.findIndex(({ phone }) => phone === chosen) + step) % people.length),
    heardFrom(phone) {
      if (phone === chosen) return;
      unread.set(phone, (unread.get(phone) ?? 0) + 1);
      refresh();
    },
    forgetUnread() {
      unread = new Map();
    },
  };
}
