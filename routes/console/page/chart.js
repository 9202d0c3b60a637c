import { el, svg } from './dom.js';
import { clock } from './format.js';

/** The drawing area; it is stretched to the width of its box. */
const WIDTH = 300;
const HEIGHT = 80;

/**
 * A small chart of one value over time. `read(point)` returns the values of its bar or lines (null: nothing measured), named
 * by `names`; `summarize` and `note` describe the whole range.
 */
export function createChart({ title, kind, names, read, format, summarize, note }) {
  const value = el('b', { className: 'value' });
  const readout = el('p', { className: 'readout' });
  const scale = el('span', { className: 'scale' });
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
  const axis = el('div', { className: 'axis', 'aria-hidden': 'true' });
  const card = el(
    'figure',
    { className: 'chart' },
    el('figcaption', {}, el('span', {}, title), value, readout),
    el('div', { className: 'plot' }, scale, picture),
    axis,
  );
  let series;

  function describe(point) {
    const values = read(point);
    const said = names
      .map((name, index) => [name, values[index]])
      .filter(([, one]) => one !== null)
      .map(([name, one]) => `${name} ${format(one)}`.trim());
    return said.length > 0 ? said.join(', ') : 'tanpa data';
  }

  function show(next) {
    series = next;
    const values = series.points.map(read);
    const highest = Math.max(0, ...values.flat().filter((one) => one !== null));
    const top = niceCeiling(highest);
    const isEmpty = values.flat().every((one) => one === null || (kind === 'bars' && one === 0));
    value.textContent = summarize(series.total);
    readout.textContent = isEmpty ? 'Belum ada data.' : note(series.total);
    scale.textContent = isEmpty ? '' : format(top);
    picture.setAttribute(
      'aria-label',
      `${title}: ${isEmpty ? 'belum ada data' : `${summarize(series.total)}, ${note(series.total)}`}`,
    );
    picture.replaceChildren(
      ...[0, 0.5, 1].map((share) => line('grid', `M0 ${HEIGHT * share}H${WIDTH}`)),
      ...(isEmpty ? [] : kind === 'bars' ? bars(values, top) : lines(values, top)),
    );
    const { startAt, stepMs, points } = series;
    const times = [0, 0.5, 1].map((share) => startAt + share * stepMs * points.length);
    axis.replaceChildren(...times.map((time, index) => el('span', {}, index === 2 ? 'sekarang' : clock(time))));
  }

  picture.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = picture.getBoundingClientRect();
    const { points, startAt, stepMs } = series;
    const index = Math.min(points.length - 1, Math.max(0, Math.floor(((clientX - left) / width) * points.length)));
    picture.querySelector('.cursor')?.remove();
    const x = ((index + 0.5) / points.length) * WIDTH;
    picture.append(line('cursor', `M${x} 0V${HEIGHT}`));
    readout.textContent = `${clock(startAt + index * stepMs)}: ${describe(points[index])}`;
  });
  picture.addEventListener('pointerleave', () => series && show(series));

  return { card, show };
}

function bars(values, top) {
  const width = WIDTH / values.length;
  return values.flatMap(([one], index) => {
    if (!one) return [];
    const height = Math.max(1.5, (one / top) * HEIGHT);
    return svg('rect', {
      class: 'bar',
      x: index * width + width * 0.12,
      y: HEIGHT - height,
      width: width * 0.76,
      height,
    });
  });
}

/** Draws the primary (first) line last, above the others. A null value leaves a gap. */
function lines(values, top) {
  const count = Math.max(...values.map((one) => one.length));
  return Array.from({ length: count }, (_, place) => {
    const column = values.map((one) => one[place] ?? null);
    const [path, dots] = pathsOf(column, top);
    return [line(`line line-${place}`, path), line(`line dots line-${place}`, dots)];
  })
    .reverse()
    .flat();
}

/** Returns the connected values, and as separate dots the values without a neighbor. */
function pathsOf(values, top) {
  const step = WIDTH / values.length;
  const commands = values.map((value, index) => {
    if (value === null) return ['', ''];
    const point = `${((index + 0.5) * step).toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
    const [before = null, after = null] = [values[index - 1], values[index + 1]];
    // A line of no length with round ends is a dot.
    if (before === null && after === null) return ['', `M${point}h0.01`];
    return [before === null ? `M${point}` : `L${point}`, ''];
  });
  return [0, 1].map((place) => commands.map((both) => both[place]).join(''));
}

const line = (className, d) => svg('path', { class: className, d, 'vector-effect': 'non-scaling-stroke' });

/** The next of 1, 2, 3, 4, 5 or 10 with zeros. */
function niceCeiling(value) {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 3, 4, 5, 10].find((one) => one * unit >= value) ?? 10;
  return factor * unit;
}
