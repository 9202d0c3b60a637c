import { runAction } from './api.js';
import { byId, el } from './dom.js';

const UPSTREAMS = { fonnte: 'FONNTE', gemini: 'Gemini', supabase: 'Supabase' };
const HEALTH = { healthy: 'sehat', degraded: 'sehat sebagian', unavailable: 'tidak siap' };

/** The panel with the fault switches and the button that kills the service. */
export function createFaults() {
  const service = byId('kill');
  const inputs = new Map();
  let running = false;

  service.addEventListener('click', async () => {
    service.disabled = true;
    await runAction(running ? '/api/kill' : '/api/start');
    service.disabled = false;
    service.focus();
  });
  byId('repeat').addEventListener('click', () => runAction('/api/repeat'));

  function show({ switches, repeats: { times, everySeconds }, answeredBy }) {
    const groups = Object.entries(UPSTREAMS).map(([upstream, title]) => {
      // The switches cannot affect the real Gemini.
      const isReal = upstream === 'gemini' && answeredBy === 'gemini';
      const toggles = switches.filter((one) => one.upstream === upstream).map((one) => createToggle(one, isReal));
      const chips = el('div', { className: 'chips' }, ...toggles);
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

  function createToggle({ name, label, description, on }, disabled) {
    const input = el('input', { type: 'checkbox', role: 'switch', disabled });
    input.checked = on;
    input.addEventListener('change', async () => {
      if (!(await runAction('/api/switch', { name, on: input.checked }))) input.checked = !input.checked;
    });
    inputs.set(name, input);
    const hint = disabled ? 'hanya untuk model tiruan' : description;
    return el('label', { title: hint }, input, el('span', {}, label), el('small', {}, hint));
  }

  function showService({ state, pid, health }) {
    running = state !== 'stopped';
    const labels = { stopped: 'Layanan mati', starting: 'Dihidupkan …', running: 'Layanan hidup' };
    byId('service-state').textContent = labels[state];
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
    setSwitch({ name, on }) {
      const input = inputs.get(name);
      if (input) input.checked = on;
    },
  };
}
