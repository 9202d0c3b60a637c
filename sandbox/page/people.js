import { byId, el, initials, readablePhone } from './dom.js';

/** The list of users, with the number of unread messages of each. `pick` runs when the viewer selects a user. */
export function createPeople(pick) {
  const list = byId('people-list');
  const badge = byId('people-badge');
  let people = [];
  let unread = new Map();
  let selected = null;

  function show(all) {
    people = all;
    list.replaceChildren(...people.map(row));
  }

  function row(person) {
    const isSelected = person.phone === selected;
    const count = unread.get(person.phone) ?? 0;
    const button = el(
      'button',
      { type: 'button', 'aria-current': isSelected ? 'true' : undefined, 'data-phone': person.phone },
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

  function select(phone) {
    selected = phone;
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
    select,
    /** @returns the user `step` places after the selected user; wraps around */
    neighbor: (step) => people.at((people.findIndex(({ phone }) => phone === selected) + step) % people.length),
    countUnread(phone) {
      if (phone === selected) return;
      unread.set(phone, (unread.get(phone) ?? 0) + 1);
      refresh();
    },
    clearUnread() {
      unread = new Map();
    },
  };
}
