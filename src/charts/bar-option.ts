import type { BarSeriesOption } from 'echarts/charts';
import type { GraphicComponentOption } from 'echarts/components';
import {
  COLORS,
  FONT_FAMILY,
  type Fonts,
  LINE_HEIGHT,
  layOutFrame,
  layOutLegend,
  MARGIN,
  type Picture,
  placeBox,
  placeText,
  TEXT_SIZE,
  toDrawable,
  WIDTH,
  wrapText,
} from './canvas.ts';
import { type BarChart, SEGMENTS, type StackChart } from './chart.ts';
import { formatShare, formatShortRupiah, formatValue } from './format-values.ts';

const BAR_HEIGHT = 40;
const ROW_GAP = 26;
/** Names take two lines only while all rows then fit on a screen. */
const MAX_ROWS_WITH_TWO_LINES = 10;
const LABEL_GAP = 14;
const MIN_SEGMENT_SHARE = 1e-6;

/** Draws a ranking or comparison: horizontal bars with the name above and the value next to each. */
export function drawBars(chart: BarChart, fonts: Fonts): Picture {
  const values = chart.rows.map(({ value }) => value ?? 0);
  const labels = chart.rows.map(({ value }) => formatValue(value, chart.measure));
  const color =
    chart.measure === 'serapan' ? COLORS.serapan : chart.measure === 'pagu' ? COLORS.pagu : COLORS.realisasi;
  const widthOf = (label: string) => fonts.bold.measure(label, TEXT_SIZE) + LABEL_GAP;
  const isNegative = values.map((value) => value < 0);
  const series: BarSeriesOption = {
    type: 'bar',
    barWidth: BAR_HEIGHT,
    data: values.map((value, index) => ({
      value,
      itemStyle: { color: isNegative[index] ? COLORS.negative : color, borderRadius: 4 },
      label: { position: isNegative[index] ? 'left' : 'right' },
    })),
    label: { ...LABEL, show: true, formatter: ({ dataIndex }) => labels[dataIndex] ?? '' },
  };
  return drawRows(chart, fonts, {
    legend: [],
    series: [series],
    min: Math.min(0, ...values),
    max: Math.max(0, ...values),
    leftLabel: Math.max(0, ...labels.filter((_, index) => isNegative[index]).map(widthOf)),
    rightLabel: Math.max(0, ...labels.filter((_, index) => !isNegative[index]).map(widthOf)),
  });
}

/** Draws the composition of pagu: stacked horizontal bars with the pagu next to each. */
export function drawStacks(chart: StackChart, fonts: Fonts): Picture {
  const { rows } = chart;
  const positive = rows.map((row) => sum(SEGMENTS.map(([key]) => Math.max(0, row[key]))));
  const negative = rows.map((row) => sum(SEGMENTS.map(([key]) => Math.min(0, row[key]))));
  const labels = rows.map(({ pagu }) => formatShortRupiah(pagu));
  const rightLabel = Math.max(...labels.map((label) => fonts.bold.measure(label, TEXT_SIZE))) + LABEL_GAP;
  const min = Math.min(0, ...negative);
  const max = Math.max(0, ...positive);
  const scale = max > min ? (WIDTH - 2 * MARGIN - rightLabel) / (max - min) : 0;
  const hasNegative = rows.some((row) => SEGMENTS.some(([key]) => row[key] < 0));
  const segments = SEGMENTS.map(([key, name]): BarSeriesOption => {
    const dark = key === 'realisasi' || key === 'komitmen';
    return {
      type: 'bar',
      name,
      stack: 'pagu',
      barWidth: BAR_HEIGHT,
      data: rows.map((row) => {
        const share = row.pagu > 0 && row[key] > 0 ? formatShare((row[key] / row.pagu) * 100) : '';
        const fits = fonts.regular.measure(share, TEXT_SIZE) + 16 <= row[key] * scale;
        return {
          value: row[key],
          itemStyle: { color: row[key] < 0 ? COLORS.negative : COLORS[key] },
          label: { show: share !== '' && fits, formatter: share },
        };
      }),
      label: { ...LABEL, fontWeight: 400, position: 'inside', color: dark ? '#FFFFFF' : COLORS.text },
    };
  });
  // An invisible last segment that carries the total label. ECharts would place the label of a zero segment after the
  // negative segments.
  const whole: BarSeriesOption = {
    type: 'bar',
    stack: 'pagu',
    data: rows.map(() => (max - min) * MIN_SEGMENT_SHARE),
    label: { ...LABEL, show: true, position: 'right', formatter: ({ dataIndex }) => labels[dataIndex] ?? '' },
  };
  return drawRows(chart, fonts, {
    legend: [
      ...SEGMENTS.map(([key, name]) => ({ name, color: COLORS[key] })),
      ...(hasNegative ? [{ name: 'Minus', color: COLORS.negative }] : []),
    ],
    series: [...segments, whole],
    min,
    max,
    leftLabel: 0,
    rightLabel,
  });
}

/** The label must not be moved or hidden: its place is computed. */
const LABEL = {
  fontSize: TEXT_SIZE,
  fontFamily: FONT_FAMILY,
  fontWeight: 700,
  color: COLORS.text,
  distance: LABEL_GAP,
} as const;

/** Lays out rows: names, bars from `min` to `max` and room for the labels at both ends, all in px. */
function drawRows(
  chart: BarChart | StackChart,
  fonts: Fonts,
  bars: {
    legend: { name: string; color: string }[];
    series: BarSeriesOption[];
    min: number;
    max: number;
    leftLabel: number;
    rightLabel: number;
  },
): Picture {
  const frame = layOutFrame(chart, fonts);
  const legend = bars.legend.length > 0 ? layOutLegend(bars.legend, frame.top, fonts) : { elements: [], height: 0 };
  const maxLines = chart.rows.length <= MAX_ROWS_WITH_TWO_LINES ? 2 : 1;
  const names = chart.rows.map(({ name }, index) => {
    const text = `${index + 1}. ${toDrawable(name, fonts) || 'Tanpa nama'}`;
    return wrapText(text, fonts.regular, TEXT_SIZE, { width: WIDTH - 2 * MARGIN, maxLines });
  });
  const nameHeight = Math.max(...names.map(({ length }) => length)) * LINE_HEIGHT + 4;
  const rowHeight = nameHeight + BAR_HEIGHT + ROW_GAP;
  const top = frame.top + legend.height;
  const bottom = top + rowHeight * names.length;
  const texts: GraphicComponentOption[] = names.flatMap((lines, row) =>
    lines.map((line, index) => {
      // A short name stays next to its bar.
      const y = top + row * rowHeight + nameHeight - 4 - (lines.length - index) * LINE_HEIGHT;
      return placeText(line, { x: MARGIN, y });
    }),
  );
  const span = bars.max - bars.min || 1;
  const left = MARGIN + bars.leftLabel;
  const zeroX = left + ((WIDTH - MARGIN - bars.rightLabel - left) * -bars.min) / span;
  const zeroLines = names.map((_, row) => {
    const y = top + row * rowHeight + nameHeight - 6;
    return placeBox({ x: zeroX - 1, y, width: 2, height: BAR_HEIGHT + 12, color: COLORS.muted });
  });
  const footer = frame.footer(bottom);
  // ECharts draws a bar in the middle of its row; the grid is moved so that it lies below the name.
  const shift = (nameHeight - ROW_GAP) / 2;
  return {
    height: footer.height,
    option: {
      animation: false,
      backgroundColor: '#FFFFFF',
      grid: {
        left,
        right: MARGIN + bars.rightLabel,
        top: top + shift,
        height: rowHeight * names.length,
        outerBoundsMode: 'none',
      },
      xAxis: {
        type: 'value',
        min: bars.min,
        max: bars.min + span,
        axisLabel: { show: false },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names.map((_, index) => index),
        axisLabel: { show: false },
        axisTick: { show: false },
        axisLine: { show: false },
      },
      series: bars.series,
      graphic: [...frame.header, ...legend.elements, ...texts, ...zeroLines, ...footer.texts],
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
