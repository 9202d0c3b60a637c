import { runAction } from './api.js';
import { byId, el } from './dom.js';
import { createService } from './service.js';

const UPSTREAMS = { fonnte: 'FONNTE', gemini: 'Gemini', supabase: 'Supabase' };

/** The panel with the services and the fault switches. */
export function createFaults() {
  const inputs = new Map();
  let rows = [];

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

  function showServices(all) {
    rows = all.map((_, index) => createService(index, all.length > 1));
    byId('services').replaceChildren(...rows.map((row) => row.element));
    all.forEach((status, index) => void rows[index].show(status));
  }

  return {
    show,
    showServices,
    showService: (status) => rows[status.index]?.show(status),
    setSwitch({ name, on }) {
      const input = inputs.get(name);
      if (input) input.checked = on;
    },
  };
}
