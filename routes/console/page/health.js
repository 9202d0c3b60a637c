import { announce, byId, el, setBadge, setText } from './dom.js';
import { ago, at, number, setTimezone, zoneName } from './format.js';
import { CHECKS, COMPONENTS, MODELS, word } from './texts.js';

let lastStatus;

/** Shows the health of each component and the time of its last change. */
export function showHealth({ status, components, models, devices, device, ...about }) {
  setTimezone(about.timezone);
  const broken = components.filter(({ value }) => value !== 'ok');
  const names = broken.map(({ name }) => word(COMPONENTS, name)).join(', ');
  const answers = {
    healthy: 'Layanan sehat.',
    degraded: `Pesan diterima, tetapi ada gangguan: ${names}.`,
    unavailable: 'Layanan tidak dapat menerima pesan. Tangani segera.',
  };
  const answer = word(answers, status);
  setText(byId('health-answer'), answer);
  byId('health').dataset.status = status;
  if (lastStatus !== undefined && lastStatus !== status) announce(answer);
  lastStatus = status;
  setBadge('health', broken.length);
  document.title = `${status === 'healthy' ? '' : '⚠ '}Konsol petugas`;

  byId('health-detail').replaceChildren(
    'Berjalan ',
    ago(about.startedAt, { suffix: '' }),
    ' sejak ',
    at(about.startedAt),
    '.',
  );
  byId('components').replaceChildren(...components.map(component));
  byId('models').replaceChildren(
    el('p', {}, el('b', {}, 'Model Gemini'), ' menurut urutan: ', models.flatMap(modelItem)),
    ...devices.map(deviceLine),
    device.quota === null ? '' : el('p', {}, el('b', {}, 'Kuota FONNTE'), ` tersisa ${number(device.quota)} pesan.`),
  );
  showAbout(about);
}

function component({ name, value, since }) {
  const isOk = value === 'ok';
  return el(
    'li',
    { 'data-ok': String(isOk) },
    el('span', { className: 'lamp', 'aria-hidden': 'true' }),
    el('b', {}, word(COMPONENTS, name)),
    el('span', { className: 'state' }, word(CHECKS, value)),
    since === null ? null : el('small', {}, 'sejak ', at(since)),
  );
}

function modelItem({ model, status }, index) {
  return [
    index === 0 ? '' : ', ',
    el('span', { className: status === 'ok' ? '' : 'warn' }, `${model} (${word(MODELS, status)})`),
  ];
}

function deviceLine({ device, fonnte, connection }) {
  const problems = [connection, fonnte].filter((value) => value !== 'ok').map((value) => word(CHECKS, value));
  return el(
    'p',
    {},
    el('b', {}, `Perangkat ${device}`),
    ' ',
    el('span', { className: problems.length === 0 ? '' : 'warn' }, problems.join('; ') || 'baik'),
  );
}

function showAbout({ instance, version, isShared, portal }) {
  setText(byId('portal'), `${portal} di WhatsApp`);
  const rows = [
    ['Instans', instance],
    ['Versi', version],
    ['Penyimpanan', isShared ? 'PostgreSQL; halaman ini menampilkan satu instans' : 'SQLite, satu proses'],
    ['Waktu', zoneName()],
  ];
  byId('about').replaceChildren(...rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

/** Shows the queue. */
export function showQueue({ pending, oldestAt, running }) {
  const answer = byId('queue-answer');
  if (pending === 0) answer.replaceChildren('Tidak ada yang menunggu.');
  else if (oldestAt === null) answer.replaceChildren(`${number(pending)} pesan menunggu.`);
  else answer.replaceChildren(`${number(pending)} pesan menunggu, yang tertua `, ago(oldestAt, { suffix: '' }), '.');
  setBadge('queue', pending);
  const numbers = [
    ['Menunggu jawaban', number(pending)],
    ['Pesan tertua', oldestAt === null ? '–' : ago(oldestAt)],
    ['Sedang dijawab', number(running)],
  ];
  byId('queue-numbers').replaceChildren(
    ...numbers.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}
