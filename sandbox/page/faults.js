import { ask } from './api.js';
import { byId, el } from './dom.js';

const UPSTREAMS = { fonnte: 'FONNTE', gemini: 'Gemini', supabase: 'Supabase' };
const HEALTH = { healthy: 'sehat', degraded: 'sehat sebagian', unavailable: 'tidak siap' };

/** What can be made to go wrong: switches on the stand-ins, and the service itself. */
export function createFaults() {
  const service = byId('kill');
  const inputs = new Map();
  let running = false;

  service.addEventListener('click', async () => {
    service.disabled = true;
    await ask(running ? '/api/kill' : '/api/start');
    service.disabled = false;
    service.focus();
  });
  byId('repeat').addEventListener('click', () => ask('/api/repeat'));

  function show({ switches, repeats: { times, everySeconds }, answeredBy }) {
    const groups = Object.entries(UPSTREAMS).map(([upstream, title]) => {
      // The real Gemini can't be made to fail from here.
      const isReal = upstream === 'gemini' && answeredBy === 'gemini';
      const ofThis = switches.filter((one) => one.upstream === upstream).map((one) => toggle(one, isReal));
      const chips = el('div', { className: 'chips' }, ...ofThis);
      return el(
        'fieldset',
        { className: 'upstream', 'aria-label': title },
        el('b', { 'data-source': upstream }, title),
        chips,
      );
    });
    byId('switches').replaceChildren(...groups);
    byId('repeat-hint').textContent =
      `Panggilan yang tidak dijawab 200 diulang FONNTE ${times} kali tiap menit; di sini tiap ${everySeconds} detik.`;
  }

  function toggle({ name, label, about, on }, disabled) {
    const input = el('input', { type: 'checkbox', role: 'switch', disabled });
    input.checked = on;
    input.addEventListener('change', async () => {
      if (!(await ask('/api/switch', { name, on: input.checked }))) input.checked = !input.checked;
    });
    inputs.set(name, input);
    const words = disabled ? 'hanya untuk model tiruan' : about;
    return el('label', { title: words }, input, el('span', {}, label), el('small', {}, words));
  }

  function showService({ state, pid, health }) {
    running = state !== 'stopped';
    const words = { stopped: 'Layanan mati', starting: 'Dihidupkan …', running: 'Layanan hidup' };
    byId('service-state').textContent = words[state];
    byId('service-detail').textContent = running
      ? [`proses ${pid}`, HEALTH[health] ?? ''].filter(Boolean).join(' · ')
      : 'pesan tidak diterima';
    byId('lamp').dataset.is = state === 'running' ? health || 'running' : state;
    service.classList.toggle('danger', running);
    service.querySelector('span').textContent = running ? 'kill -9' : 'Hidupkan';
    service.title = running ? 'Matikan layanan seketika, seperti listrik padam (SIGKILL)' : 'Jalankan layanan lagi';
  }

  return {
    show,
    showService,
    thrown({ name, on }) {
      const input = inputs.get(name);
      if (input) input.checked = on;
    },
  };
}
