import { createChat } from './chat.js';
import { createComposer } from './composer.js';
import { byId } from './dom.js';
import { createFaults } from './faults.js';
import { createTimeline } from './happenings.js';
import { createPeople } from './people.js';

/** What the page knows; the demo tells it anew whenever the connection is. */
let state = null;
let person = null;

const chat = createChat();
const timeline = createTimeline();
const faults = createFaults();
const composer = createComposer(() => person.phone);
const people = createPeople((picked) => {
  choose(picked);
  view('chat');
});

function choose(picked) {
  person = picked;
  people.choose(picked.phone);
  const own = state.bubbles.filter(({ phone }) => phone === picked.phone);
  chat.open(picked, own, state);
  chat.typing(leftOfTyping(picked.phone));
  composer.suggest(own.length === 0);
  timeline.show(picked);
}

const leftOfTyping = (phone) => (state.typing.get(phone) ?? 0) - performance.now();

/** Which part a small screen shows. */
function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll('.tabs [data-show]')) {
    if (button.dataset.show === name) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
}

for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => {
    view(button.dataset.show);
    if (button.id === 'who') document.querySelector('#people-list [aria-current]')?.focus();
  });
}

document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.altKey || !state) return;
  event.preventDefault();
  choose(people.neighbour(step));
});

const told = {
  state(all) {
    byId('lost').hidden = true;
    const now = performance.now();
    state = { ...all, typing: new Map(all.typing.map(({ phone, ms }) => [phone, now + ms])) };
    state.people = all.people.map((one, index) => ({ ...one, tint: index }));
    byId('model').textContent = all.answeredBy === 'gemini' ? 'Gemini asli' : 'model tiruan';
    people.forgetUnread();
    people.show(state.people);
    faults.show(all);
    faults.showService(all.service);
    timeline.show(person ?? state.people[0], all.happenings, state.people);
    choose(state.people.find(({ phone }) => phone === person?.phone) ?? state.people[0]);
  },
  bubble(bubble) {
    const known = state.bubbles.findIndex(({ id }) => id === bubble.id);
    if (known >= 0) state.bubbles[known] = bubble;
    else {
      state.bubbles.push(bubble);
      if (bubble.from === 'assistant') people.heardFrom(bubble.phone);
    }
    if (bubble.phone === person.phone) composer.suggest(false);
    chat.place(bubble);
  },
  typing({ phone, ms }) {
    state.typing.set(phone, performance.now() + ms);
    if (phone === person.phone) chat.typing(ms);
  },
  happening: (one) => timeline.add(one),
  switch: (thrown) => faults.thrown(thrown),
  service: (service) => faults.showService(service),
};

view('chat');
const stream = new EventSource('/api/stream');
for (const [name, hear] of Object.entries(told)) {
  stream.addEventListener(name, ({ data }) => hear(JSON.parse(data)));
}
stream.addEventListener('error', () => {
  byId('lost').hidden = false;
});
