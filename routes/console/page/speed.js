import { createChart } from './chart.js';
import { byId, el, setText } from './dom.js';
import { clock, duration, moment, number, percent } from './format.js';

const pair = (times) => (times === null ? [null, null] : [times.median, times.p95]);
const medianOf = (times) => (times === null ? '–' : duration(times.median));
const p95Of = (times) => (times === null ? '' : `95% di bawah ${duration(times.p95)}`);
const orDash = (value, format) => (value === null ? '–' : format(value));

/** Each chart: what it reads of a point, and the value of the whole range. */
const CHARTS = [
  {
    title: 'Pesan masuk',
    kind: 'bars',
    names: [''],
    read: ({ messages }) => [messages],
    format: number,
    summarize: ({ messages }) => number(messages),
    note: ({ answers, failed }) => `${number(answers)} dijawab, ${number(failed)} gagal`,
  },
  {
    title: 'Waktu balasan',
    kind: 'lines',
    names: ['median', '95% di bawah'],
    read: ({ replyMs }) => pair(replyMs),
    format: duration,
    summarize: ({ replyMs }) => medianOf(replyMs),
    note: ({ replyMs }) => p95Of(replyMs),
  },
  {
    title: 'Waktu jawab webhook',
    kind: 'lines',
    names: ['median', '95% di bawah'],
    read: ({ webhookMs }) => pair(webhookMs),
    format: duration,
    summarize: ({ webhookMs }) => medianOf(webhookMs),
    note: ({ webhookMs }) => p95Of(webhookMs),
  },
  {
    title: 'Permintaan Gemini',
    kind: 'lines',
    names: [''],
    read: ({ requestsPerAnswer }) => [requestsPerAnswer],
    format: number,
    summarize: ({ requestsPerAnswer }) => orDash(requestsPerAnswer, number),
    note: () => 'rata-rata per jawaban',
  },
  {
    title: 'Token Gemini',
    kind: 'lines',
    names: [''],
    read: ({ tokensPerAnswer }) => [tokensPerAnswer],
    format: (value) => number(Math.round(value)),
    summarize: ({ tokensPerAnswer }) => orDash(tokensPerAnswer, (value) => number(Math.round(value))),
    note: () => 'rata-rata per jawaban',
  },
  {
    title: 'Angka terbukti',
    kind: 'lines',
    names: [''],
    read: ({ verifiedShare }) => [verifiedShare],
    format: percent,
    summarize: ({ verifiedShare }) => orDash(verifiedShare, percent),
    note: () => 'dari semua angka',
  },
];

/** Creates the charts of speed in the last hour or day, and a table of the same figures. */
export function createSpeed() {
  const charts = CHARTS.map(createChart);
  byId('charts').append(...charts.map(({ card }) => card));
  const table = byId('speed-table');
  let speed;
  let range = 'hour';

  byId('range').addEventListener('change', ({ target }) => {
    range = target.value;
    render();
  });
  table.addEventListener('toggle', fillTable);
  // A scrollable element must be reachable by keyboard.
  table.querySelector('.scroll').tabIndex = 0;

  function render() {
    if (!speed) return;
    const series = speed[range];
    const { messages, answers, failed, replyMs } = series.total;
    const when = range === 'hour' ? 'satu jam' : 'satu hari';
    const counts = `${number(messages)} pesan, ${number(answers)} jawaban, ${number(failed)} gagal dalam ${when} terakhir.`;
    setText(
      byId('speed-answer'),
      replyMs === null
        ? `Belum ada balasan dalam ${when} terakhir.`
        : `Balasan biasanya ${duration(replyMs.median)}; 95% di bawah ${duration(replyMs.p95)}.`,
    );
    setText(
      byId('speed-detail'),
      `${counts} Riwayat disimpan di memori instans ini sejak mulai (${moment(speed.startedAt)}) dan hilang saat mulai ulang.`,
    );
    for (const chart of charts) chart.show(series);
    fillTable();
  }

  /** Only an open table is filled. */
  function fillTable() {
    if (!table.open || !speed) return;
    const { points, startAt, stepMs } = speed[range];
    const cell = (chart, point) => {
      const values = chart.read(point).filter((value) => value !== null);
      return el('td', {}, values.length === 0 ? '–' : values.map(chart.format).join(' / '));
    };
    const rows = points
      .map((point, index) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, clock(startAt + index * stepMs)),
          CHARTS.map((chart) => cell(chart, point)),
        ),
      )
      .reverse();
    const head = CHARTS.map(({ title, names }) =>
      el('th', { scope: 'col' }, names.length > 1 ? `${title} (median / 95%)` : title),
    );
    table
      .querySelector('table')
      .replaceChildren(el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Mulai'), head)), el('tbody', {}, rows));
  }

  return (next) => {
    speed = next;
    render();
  };
}
