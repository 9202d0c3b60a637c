import { call } from './api.js';
import { confirmAction } from './confirm.js';
import { byId, el, toast } from './dom.js';
import { at, clock, number, readablePhone } from './format.js';
import { OUTCOMES, word } from './texts.js';

/** Durations of a pause, minutes. */
const PAUSES = { 15: '15 menit', 60: '1 jam', 240: '4 jam', 1440: '1 hari' };

/**
 * Creates the details of one conversation, in a drawer. `writeTo(conversation)` fills in the send form.
 * @returns a function that opens a number or reference
 */
export function createDetail(writeTo) {
  const dialog = byId('detail');
  const pathOf = (phone) => `api/conversations/${encodeURIComponent(phone)}`;
  /** With several devices, a number has a conversation with each of them. */
  const pathTo = ({ phone, device }, action = '') => `${pathOf(phone)}${action}${device ? `?device=${device}` : ''}`;
  const heading = (text) =>
    el(
      'header',
      {},
      el('h2', { id: 'detail-title' }, text),
      el('button', { type: 'button', className: 'close', onclick: () => dialog.close() }, 'Tutup'),
    );
  // A click outside the drawer closes it.
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  // What was shown must not stay in the page.
  dialog.addEventListener('close', () => dialog.replaceChildren());

  async function open(phone) {
    dialog.replaceChildren(heading('Percakapan'), el('p', { className: 'detail' }, 'Memuat …'));
    if (!dialog.open) dialog.showModal();
    await load({ phone });
  }

  async function load(conversation) {
    try {
      const found = await call('GET', pathTo(conversation));
      if (dialog.open) show(found);
    } catch (error) {
      dialog.replaceChildren(heading('Percakapan'), el('p', { className: 'problem', role: 'alert' }, error.message));
    }
  }

  function show(found) {
    const { phone, device, identity, recent, session, pausedUntil } = found;
    const parts = [
      heading(readablePhone(phone)),
      device ? el('p', { className: 'detail' }, `Lewat perangkat ${readablePhone(device)}`) : null,
      identityOf(identity),
      pausedUntil
        ? el(
            'p',
            { className: 'pause' },
            'Dijeda sampai ',
            at(Date.parse(pausedUntil)),
            '. Asisten diam; petugas yang menjawab.',
          )
        : null,
      factsOf(found),
      el('div', { className: 'actions' }, actionsOf(found)),
      el('h3', {}, 'Hasil terakhir'),
      recent.length === 0
        ? el('p', { className: 'detail' }, 'Tidak ada pesan dalam 24 jam terakhir.')
        : el('ul', { className: 'outcomes' }, recent.map(outcomeItem)),
      session.length === 0 ? null : sessionOf(session),
    ];
    dialog.replaceChildren(...parts.filter((part) => part !== null));
  }

  function factsOf({ lastMessageAt, sessionEntries, pending }) {
    const rows = [
      ['Pesan terakhir', lastMessageAt === null ? '–' : at(Date.parse(lastMessageAt))],
      ['Isi sesi', number(sessionEntries)],
      ['Menunggu jawaban', number(pending)],
    ];
    return el(
      'dl',
      { className: 'numbers' },
      rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
    );
  }

  function actionsOf(conversation) {
    const { paused } = conversation;
    const button = (text, onclick, className = '') => el('button', { type: 'button', className, onclick }, text);
    return [
      paused ? button('Lanjutkan', () => resume(conversation)) : button('Jeda', () => pause(conversation)),
      paused ? button('Ubah jeda', () => pause(conversation)) : null,
      button('Kirim pesan', () => {
        dialog.close();
        writeTo(conversation);
      }),
      button('Muat ulang', () => load(conversation)),
      button('Lupakan', () => forget(conversation), 'risky'),
    ];
  }

  function pause(conversation) {
    const option = ([minutes, text]) => el('option', { value: minutes, selected: minutes === '60' }, text);
    confirmAction({
      title: 'Jeda percakapan ini?',
      text: 'Asisten diam sampai jeda berakhir. Pesan yang masuk disimpan, lalu dijawab pada akhir jeda.',
      action: 'Jeda',
      fields: [
        el('label', { for: 'pause-minutes' }, 'Lamanya'),
        el('select', { id: 'pause-minutes', name: 'minutes' }, Object.entries(PAUSES).map(option)),
      ],
      async run(form) {
        await call('POST', pathTo(conversation, '/pause'), { body: { minutes: Number(form.get('minutes')) } });
        toast('Percakapan dijeda.');
        await load(conversation);
      },
    });
  }

  function resume(conversation) {
    const { pending } = conversation;
    confirmAction({
      title: 'Lanjutkan percakapan ini?',
      text: `Asisten menjawab lagi. ${pending === 0 ? 'Tidak ada' : number(pending)} pesan yang menunggu.`,
      action: 'Lanjutkan',
      fields:
        pending === 0
          ? []
          : el(
              'label',
              { className: 'check' },
              el('input', { type: 'checkbox', name: 'answer' }),
              el('span', {}, 'Jawab pesan yang masuk selama jeda'),
            ),
      async run(form) {
        await call('POST', pathTo(conversation, '/resume'), { body: { answer: form.has('answer') } });
        toast('Percakapan dilanjutkan.');
        await load(conversation);
      },
    });
  }

  function forget({ phone }) {
    confirmAction({
      title: 'Lupakan nomor ini?',
      text: `Sesi, pesan yang menunggu, teks tersimpan, dan pesan gagal dari ${readablePhone(phone)} dihapus. Tindakan ini tidak dapat dibatalkan.`,
      action: 'Lupakan',
      isDangerous: true,
      async run() {
        await call('DELETE', pathOf(phone));
        dialog.close();
        toast('Data nomor itu sudah dihapus.');
      },
    });
  }

  return open;
}

function identityOf(identity) {
  if (identity === null)
    return el('p', { className: 'problem' }, 'Supabase tidak dapat dihubungi; pemilik nomor tidak diketahui.');
  const { linked, approved, matches, name, unit } = identity;
  if (!linked) {
    const text =
      matches > 1
        ? `Nomor ini ada pada ${matches} akun yang disetujui, sehingga tidak dijawab.`
        : 'Nomor ini belum tertaut.';
    return el('p', { className: 'identity warn' }, text);
  }
  return el(
    'p',
    { className: 'identity' },
    el('b', {}, name ?? 'Tanpa nama'),
    el('span', {}, unit ?? ''),
    approved ? null : el('span', { className: 'warn' }, 'Akun belum disetujui.'),
  );
}

function outcomeItem({ at: time, outcome }) {
  return el('li', {}, at(Date.parse(time)), el('span', {}, word(OUTCOMES, outcome)));
}

/** Closed at first: conversations are read only for a reason. */
function sessionOf(session) {
  const speaker = { user: 'Pengguna', assistant: 'Asisten' };
  const entry = ({ role, content, timestamp }) =>
    el(
      'li',
      { 'data-role': role },
      el('small', {}, `${word(speaker, role)}, ${clock(timestamp)}`),
      el('p', {}, content),
    );
  return el(
    'details',
    {},
    el('summary', {}, `Isi percakapan (${session.length})`),
    el('p', { className: 'detail' }, 'Baca hanya untuk keluhan orang itu sendiri (UU PDP 27/2022).'),
    el('ol', { className: 'session' }, session.map(entry)),
  );
}
