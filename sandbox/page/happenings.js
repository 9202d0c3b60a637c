import { byId, el, exactClock } from './dom.js';

const SOURCES = { fonnte: 'FONNTE', service: 'Layanan', gemini: 'Gemini', supabase: 'Supabase', demo: 'Demo' };
/** How many are shown, the newest. */
const SHOWN = 500;

/** The side panel: what happened, in the order of time, each message with the time since it came in. */
export function createTimeline() {
  const box = byId('timeline');
  // What scrolls must be reachable by keyboard.
  box.tabIndex = 0;
  const list = box.querySelector('ol');
  const everybody = byId('everybody');
  const minor = byId('minor');
  const empty = el(
    'li',
    { className: 'empty' },
    'Belum ada. Kirim pesan, lalu lihat di sini jalannya: webhook, pengenal, model, kiriman.',
  );
  let happenings = [];
  let phone = null;
  let names = new Map();

  const fits = (one) =>
    (minor.checked || !one.minor) && (everybody.checked || one.phone === null || one.phone === phone);

  function show(person, all, people) {
    if (people) names = new Map(people.map(({ phone: number, name }) => [number, name]));
    if (all) happenings = [...all].sort((one, other) => one.at - other.at || one.id - other.id);
    phone = person.phone;
    const rows = happenings.filter(fits).slice(-SHOWN);
    list.replaceChildren(...(rows.length > 0 ? rows.map(row) : [empty]));
    toEnd();
  }

  function add(one) {
    const isLate = (other) => other.at <= one.at;
    const index = happenings.findLastIndex(isLate) + 1;
    happenings.splice(index, 0, one);
    if (happenings.length > 2 * SHOWN) happenings.splice(0, SHOWN);
    if (!fits(one)) return;
    const follow = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    empty.remove();
    const later = happenings.slice(index + 1).find(fits);
    const next = later && list.querySelector(`[data-id="${later.id}"]`);
    list.insertBefore(row(one), next ?? null);
    if (list.childElementCount > SHOWN) list.firstElementChild.remove();
    if (follow) toEnd();
  }

  function row(one) {
    const opened =
      one.phone !== null &&
      happenings.findLast((other) => other.opens && other.phone === one.phone && other.at <= one.at);
    const exact = exactClock(one.at);
    const when = opened && opened !== one ? `+${seconds(one.at - opened.at)}` : exact;
    const who = everybody.checked && one.phone !== null && !one.opens ? names.get(one.phone) : '';
    const detail = [who, one.detail].filter(Boolean).map((words) => ` · ${words}`);
    return el(
      'li',
      { className: one.opens ? 'opens' : '', 'data-tone': one.tone, 'data-id': String(one.id) },
      el(
        'div',
        {},
        el('b', {}, one.title),
        el(
          'span',
          { className: 'detail' },
          el('span', { className: 'source', 'data-source': one.source }, SOURCES[one.source]),
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
