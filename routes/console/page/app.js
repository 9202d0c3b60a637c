import { deleteKey, readKey, storeKey, whenKeyIsRejected } from './api.js';
import { createConversations } from './conversations.js';
import { createDetail } from './detail.js';
import { announce, byId, setText } from './dom.js';
import { createEvents } from './events.js';
import { createFailures } from './failures.js';
import { moment, refreshAges, serverNow, setServerTime } from './format.js';
import { showHealth, showQueue } from './health.js';
import { markCurrentSection } from './navigation.js';
import { createSend } from './send.js';
import { createSpeed } from './speed.js';
import { connectStream } from './stream.js';

const AGES_MS = 1_000;

const writeTo = createSend();
const openConversation = createDetail(writeTo);
const events = createEvents();
const topics = {
  hello({ at, admin }) {
    setServerTime(at);
    events.clear();
    setText(byId('link-text'), `Tersambung sebagai ${admin}`);
  },
  tick: ({ at }) => setServerTime(at),
  health: showHealth,
  queue: showQueue,
  failures: createFailures(openConversation),
  speed: createSpeed(),
  conversations: createConversations(openConversation),
  events: (added) => events.add(added),
};

let stream;
let lostSince = null;

function start(key) {
  storeKey(key);
  stream?.close();
  stream = connectStream({
    key,
    onEvent: (name, value) => topics[name]?.(value),
    onOpen() {
      showConsole();
      byId('link').dataset.state = 'open';
      document.body.classList.remove('stale');
      byId('lost').hidden = true;
      if (lostSince !== null) announce('Sambungan ke layanan pulih.');
      lostSince = null;
    },
    onLost: showLost,
    onRejected: showLogin,
  });
}

function showConsole() {
  byId('login').hidden = true;
  byId('login-button').disabled = false;
  byId('console').hidden = false;
}

/** Marks the data as stale after the connection was lost. Before the first connection, the form shows the problem. */
function showLost(error, delayMs) {
  if (byId('console').hidden) return showLogin(error);
  lostSince ??= serverNow();
  byId('link').dataset.state = 'lost';
  setText(byId('link-text'), 'Tidak tersambung');
  document.body.classList.add('stale');
  setText(
    byId('lost-text'),
    `Sambungan terputus sejak ${moment(lostSince)}. ${error.message} Halaman ini menampilkan keadaan saat itu dan menyambung sendiri.`,
  );
  byId('lost').dataset.delay = String(delayMs);
  byId('lost').hidden = false;
}

/** Asks for the key; with the error of the last attempt. */
function showLogin(error) {
  stream?.close();
  if (error?.code === 'UNAUTHORIZED' || error === undefined) deleteKey();
  lostSince = null;
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  byId('console').hidden = true;
  byId('login').hidden = false;
  byId('login-button').disabled = false;
  byId('login-problem').textContent = error ? explain(error) : '';
  byId('key').focus();
}

function explain({ code, message }) {
  if (code === 'UNAUTHORIZED') return 'Kunci tidak cocok. Periksa kembali.';
  if (code === 'ADMIN_DISABLED')
    return 'Kunci admin belum dipasang pada layanan: isi ADMIN_API_KEY, lalu mulai ulang layanan.';
  if (code === 'TOO_MANY_FAILED_CALLS') return 'Terlalu banyak percobaan yang gagal. Coba lagi satu menit lagi.';
  return message;
}

byId('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const key = byId('key').value.trim();
  byId('login-problem').textContent = '';
  byId('login-button').disabled = true;
  byId('key').value = '';
  start(key);
});
byId('logout').addEventListener('click', () => showLogin());
byId('retry').addEventListener('click', () => stream.retry());
whenKeyIsRejected(showLogin);
setInterval(refreshAges, AGES_MS);
markCurrentSection();

if (readKey() === null) showLogin();
else {
  showConsole();
  start(readKey());
}
