import { byId, el, exactClock } from './dom.js';

const SOURCES = { fonnte: 'FONNTE', service: 'Layanan', gemini: 'Gemini', supabase: 'Supabase', demo: 'Demo' };
/** Maximum number of visible events; older ones are removed. */
const MAX_ROWS = 500;

/** The side panel: events in chronological order, with the time since the message arrived. */
export function createTimeline() {
  const box = byId('timeline');
  // A scrollable element must be reachable by keyboard.
  box.tabIndex = 0;
  const list = box.querySelector('ol');
  const everybody = byId('everybody');
  const minor = byId('minor');
  const empty = el(
    'li',
    { className: 'empty' },
    'Belum ada. Kirim pesan, lalu lihat di sini jalannya: webhook, pengenal, model, kiriman.',
  );
  let events = [];
  let phone = null;
  let names = new Map();

  const isVisible = (one) =>
    (minor.checked || !one.isDetail) && (everybody.checked || one.phone === null || one.phone === phone);

  function show(person, all, people) {
    if (people) names = new Map(people.map(({ phone: number, name }) => [number, name]));
    if (all) events = [...all].sort((one, other) => one.at - other.at || one.id - other.id);
    phone = person.phone;
    const rows = events.filter(isVisible).slice(-MAX_ROWS);
    list.replaceChildren(...(rows.length > 0 ? rows.map(row) : [empty]));
    toEnd();
  }

  function add(one) {
    const isLate = (other) => other.at <= one.at;
    const index = events.findLastIndex(isLate) + 1;
    events.splice(index, 0, one);
    if (events.length > 2 * MAX_ROWS) events.splice(0, MAX_ROWS);
    if (!isVisible(one)) return;
    const follow = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    empty.remove();
    const later = events.slice(index + 1).find(isVisible);
    const next = later && list.querySelector(`[data-id="${later.id}"]`);
    list.insertBefore(row(one), next ?? null);
    if (list.childElementCount > MAX_ROWS) list.firstElementChild.remove();
    if (follow) toEnd();
  }

  function row(one) {
    const firstEvent =
      one.phone !== null &&
      events.findLast((other) => other.startsMessage && other.phone === one.phone && other.at <= one.at);
    const exact = exactClock(one.at);
    const when = firstEvent && firstEvent !== one ? `+${seconds(one.at - firstEvent.at)}` : exact;
    const who = everybody.checked && one.phone !== null && !one.startsMessage ? names.get(one.phone) : '';
    const detail = [who, one.detail].filter(Boolean).map((words) => ` · ${words}`);
    return el(
      'li',
      { className: one.startsMessage ? 'opens' : '', 'data-tone': one.tone, 'data-id': String(one.id) },
      el(
        'div',
        {},
        el('b', {}, one.title),
        el(
          'span',
          { className: 'detail' },
          el(
            'span',
            { className: 'source', 'data-source': one.source, 'data-instance': one.instance ?? false },
            one.instance ?? SOURCES[one.source],
          ),
          ...detail,
        ),
      ),
      el('time', { className: 'when', datetime: new Date(one.at).toISOString(), title: exact }, when),
    );
  }

  function toEnd() {
    box.scrollTop = box.scrollHeight;
  }

  for (const input of [everybody, minor]) input.addEventListener('change', () => show({ phone }));
  return { show, add };
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2).replace('.', ',')} s`;
}
