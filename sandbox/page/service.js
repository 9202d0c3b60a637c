import { runAction } from './api.js';
import { el, icon } from './dom.js';

const HEALTH = { healthy: 'sehat', degraded: 'sehat sebagian', unavailable: 'tidak siap' };
const STATES = { stopped: 'mati', starting: 'dihidupkan …', running: 'hidup', frozen: 'beku' };

/** Creates the row of a service with its buttons. `isOneOfSeveral`: it can also be frozen, and shows what it did. */
export function createService(index, isOneOfSeveral) {
  let state = 'starting';
  const lamp = el('span', { className: 'lamp' });
  const title = el('strong', {});
  const detail = el('span', {});
  const kill = el(
    'button',
    { type: 'button', id: isOneOfSeveral ? `kill-${index}` : 'kill' },
    icon('power'),
    el('span', {}),
  );
  const freeze = el('button', { type: 'button', className: 'freeze' }, icon('pause'), el('span', {}));
  const element = el(
    'div',
    { className: isOneOfSeveral ? 'service several' : 'service' },
    el('p', { role: 'status' }, lamp, title, ' ', detail),
    isOneOfSeveral ? freeze : null,
    kill,
  );

  const canFreeze = () => state === 'running' || state === 'frozen';
  const run = async (button, path) => {
    button.disabled = true;
    await runAction(path, { index });
    button.disabled = button === freeze && !canFreeze();
    button.focus();
  };
  kill.addEventListener('click', () => run(kill, state === 'stopped' ? '/api/start' : '/api/kill'));
  freeze.addEventListener('click', () => run(freeze, state === 'frozen' ? '/api/thaw' : '/api/freeze'));

  function describe({ pid, health, accepted, answered }) {
    if (isOneOfSeveral) {
      const work = `${accepted} diterima, ${answered} dijawab`;
      return state === 'running' ? [HEALTH[health], work].filter(Boolean).join(' · ') : work;
    }
    return state === 'stopped' ? 'pesan tidak diterima' : [`proses ${pid}`, HEALTH[health]].filter(Boolean).join(' · ');
  }

  function show(status) {
    state = status.state;
    const isAlive = state !== 'stopped';
    const label = state === 'starting' && !isOneOfSeveral ? 'Dihidupkan …' : `${status.name} ${STATES[state]}`;
    title.textContent = label;
    detail.textContent = describe(status);
    lamp.dataset.is = state === 'running' ? status.health || 'running' : state;
    kill.classList.toggle('danger', isAlive);
    kill.querySelector('span').textContent = isAlive ? 'kill -9' : 'Hidupkan';
    kill.title = isAlive ? 'Matikan layanan seketika, seperti listrik padam (SIGKILL)' : 'Jalankan layanan lagi';
    freeze.disabled = !canFreeze();
    freeze.querySelector('span').textContent = state === 'frozen' ? 'Lanjutkan' : 'Bekukan';
    freeze.title =
      state === 'frozen'
        ? 'Lanjutkan proses (SIGCONT)'
        : 'Hentikan proses di tengah jalan, seperti mesin virtual yang ditangguhkan (SIGSTOP)';
    if (!isOneOfSeveral) return;
    kill.setAttribute('aria-label', `${kill.querySelector('span').textContent}: ${status.name}`);
    freeze.setAttribute('aria-label', `${freeze.querySelector('span').textContent}: ${status.name}`);
  }

  return { element, show };
}
