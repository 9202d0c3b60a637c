import { createChat } from './chat.js';
import { createComposer } from './composer.js';
import { byId } from './dom.js';
import { createFaults } from './faults.js';
import { createPeople } from './people.js';
import { createTimeline } from './timeline.js';

/** The state of the page; the demo sends it again after each reconnection. */
let state = null;
let person = null;

const chat = createChat();
const timeline = createTimeline();
const faults = createFaults();
const composer = createComposer(() => person.phone);
const people = createPeople((picked) => {
  select(picked);
  selectView('chat');
});

function select(picked) {
  person = picked;
  people.select(picked.phone);
  const own = state.bubbles.filter(({ phone }) => phone === picked.phone);
  chat.open(picked, own, state);
  chat.typing(typingMs(picked.phone));
  composer.suggest(own.length === 0);
  timeline.show(picked);
}

const typingMs = (phone) => (state.typing.get(phone) ?? 0) - performance.now();

/** Selects the part of the page that a small screen shows. */
function selectView(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll('.tabs [data-show]')) {
    if (button.dataset.show === name) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
}

for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => {
    selectView(button.dataset.show);
    if (button.id === 'who') document.querySelector('#people-list [aria-current]')?.focus();
  });
}

document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.altKey || !state) return;
  event.preventDefault();
  select(people.neighbor(step));
});

const handlers = {
  state(all) {
    byId('lost').hidden = true;
    const now = performance.now();
    state = { ...all, typing: new Map(all.typing.map(({ phone, ms }) => [phone, now + ms])) };
    state.people = all.people.map((one, index) => ({ ...one, tint: index }));
    byId('model').textContent = all.answeredBy === 'gemini' ? 'Gemini asli' : 'model tiruan';
    people.clearUnread();
    people.show(state.people);
    faults.show(all);
    faults.showServices(all.services);
    timeline.show(person ?? state.people[0], all.events, state.people);
    select(state.people.find(({ phone }) => phone === person?.phone) ?? state.people[0]);
  },
  bubble(bubble) {
    const known = state.bubbles.findIndex(({ id }) => id === bubble.id);
    if (known >= 0) state.bubbles[known] = bubble;
    else {
      state.bubbles.push(bubble);
      if (bubble.from === 'assistant') people.countUnread(bubble.phone);
    }
    if (bubble.phone === person.phone) composer.suggest(false);
    chat.place(bubble);
  },
  typing({ phone, ms }) {
    state.typing.set(phone, performance.now() + ms);
    if (phone === person.phone) chat.typing(ms);
  },
  'timeline-event': (event) => timeline.add(event),
  switch: (change) => faults.setSwitch(change),
  service: (service) => faults.showService(service),
};

selectView('chat');
const stream = new EventSource('/api/stream');
for (const [name, handle] of Object.entries(handlers)) {
  stream.addEventListener(name, ({ data }) => handle(JSON.parse(data)));
}
stream.addEventListener('error', () => {
  byId('lost').hidden = false;
});
