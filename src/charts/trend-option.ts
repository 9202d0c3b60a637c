import type { LineSeriesOption } from 'echarts/charts';
import type { GraphicComponentOption } from 'echarts/components';
import {
  COLORS,
  FONT_FAMILY,
  type Fonts,
  layOutFrame,
  MARGIN,
  type Picture,
  placeBox,
  placeText,
  TEXT_SIZE,
  WIDTH,
} from './canvas.ts';
import { monthsOf, type TrendChart } from './chart.ts';
import { formatAxisAmount, formatShare, formatShortRupiah } from './format-values.ts';

/** Height of the plot without its labels, px. */
const PLOT_HEIGHT = 620;
/** Labels of months below the plot, px. */
const MONTHS_HEIGHT = 92;
/** The figures of the last month above the plot, which are its legend too, px. */
const FIGURES_HEIGHT = 128;
const FIGURE_SIZE = 36;
/** Width of the labels next to the plot, px. */
const LEFT_AXIS = 124;
const RIGHT_AXIS = 104;
/** Labels of months that fit next to each other. */
const MAX_MONTH_LABELS = 12;
/** Factor above the largest amount, so that the line of a constant pagu does not coincide with 100% on the percentage axis. */
const HEADROOM = 1.12;
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'];

const AXIS_LABEL = { fontSize: TEXT_SIZE, fontFamily: FONT_FAMILY, color: COLORS.muted } as const;

/** Draws a trend: lines of pagu and realisasi, and of the percentage on a second axis. A month without a report leaves a gap. */
export function drawTrend(chart: TrendChart, fonts: Fonts): Picture {
  const frame = layOutFrame(chart, fonts);
  const months = monthsOf(chart);
  const byMonth = new Map(chart.months.map((each) => [each.month, each]));
  const top = frame.top + FIGURES_HEIGHT;
  const footer = frame.footer(top + PLOT_HEIGHT + MONTHS_HEIGHT);
  const amounts = chart.months.flatMap(({ pagu, realisasi }) => [pagu, realisasi]);
  const shares = chart.months.flatMap(({ serapan }) => (serapan === null ? [] : [serapan]));
  // Labels above this value are hidden: those ticks only align with the ticks of the amount axis.
  const highest = Math.max(100, ...shares);
  const amountAxis = amountRange(amounts);
  const years = [...new Set(months.map((month) => month.slice(0, 4)))];

  /** One series per year: realisasi starts again in January, so no line connects December with it. */
  const linesOf = (key: 'pagu' | 'realisasi' | 'serapan', style: Partial<LineSeriesOption>): LineSeriesOption[] =>
    years.map((year) => ({
      type: 'line',
      symbol: 'circle',
      symbolSize: 14,
      color: COLORS[key],
      ...style,
      data: months.map((month) => (month.startsWith(year) ? (byMonth.get(month)?.[key] ?? null) : null)),
    }));

  return {
    height: footer.height,
    option: {
      animation: false,
      backgroundColor: '#FFFFFF',
      grid: {
        left: MARGIN + LEFT_AXIS,
        right: MARGIN + RIGHT_AXIS,
        top,
        height: PLOT_HEIGHT,
        outerBoundsMode: 'none',
      },
      xAxis: {
        type: 'category',
        data: months.map(monthLabel),
        axisLabel: {
          ...AXIS_LABEL,
          color: COLORS.text,
          lineHeight: 36,
          margin: 16,
          interval: Math.ceil(months.length / MAX_MONTH_LABELS) - 1,
        },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: COLORS.muted, width: 2 } },
      },
      yAxis: [
        {
          type: 'value',
          ...amountAxis,
          axisLabel: { ...AXIS_LABEL, formatter: formatAxisAmount },
          splitLine: { lineStyle: { color: COLORS.line, width: 2 } },
        },
        {
          type: 'value',
          ...shareRange(shares, amountAxis),
          axisLabel: {
            ...AXIS_LABEL,
            color: COLORS.serapan,
            formatter: (value: number) => (value <= highest ? `${value}%` : ''),
          },
          splitLine: { show: false },
        },
      ],
      series: [
        ...linesOf('pagu', { lineStyle: { width: 5 } }),
        ...linesOf('realisasi', { lineStyle: { width: 8 }, symbolSize: 18, areaStyle: { opacity: 0.08 } }),
        ...linesOf('serapan', { yAxisIndex: 1, lineStyle: { width: 5, type: [14, 10] } }),
      ],
      graphic: [...frame.header, ...layOutFigures(chart, frame.top), ...footer.texts],
    },
  };
}

/** The figures of the last month, each under the color and name of its line. */
function layOutFigures({ months }: TrendChart, y: number): GraphicComponentOption[] {
  const last = months.at(-1);
  if (!last) return [];
  const when = monthName(last.month);
  const figures = [
    { name: 'Pagu', color: COLORS.pagu, value: formatShortRupiah(last.pagu) },
    { name: 'Realisasi', color: COLORS.realisasi, value: formatShortRupiah(last.realisasi) },
    {
      name: 'Serapan',
      color: COLORS.serapan,
      value: last.serapan === null ? 'tanpa pagu' : formatShare(last.serapan),
    },
  ];
  const width = (WIDTH - 2 * MARGIN) / figures.length;
  return figures.flatMap(({ name, color, value }, index) => {
    const x = MARGIN + index * width;
    return [
      placeBox({ x, y: y + 4, width: 8, height: 78, color }),
      placeText(`${name} ${when}`, { x: x + 22, y, color: COLORS.muted }),
      placeText(value, { x: x + 22, y: y + 42, size: FIGURE_SIZE, bold: true, color }),
    ];
  });
}

/** «Okt 2026» */
function monthName(month: string): string {
  const [year = '', number = ''] = month.split('-');
  return `${MONTH_NAMES[Number(number) - 1] ?? number} ${year}`;
}

/** «Jan», and the year below the first month and each January. */
function monthLabel(month: string, index: number): string {
  const [name = '', year = ''] = monthName(month).split(' ');
  return index === 0 || month.endsWith('-01') ? `${name}\n${year}` : name;
}

interface AxisRange {
  min: number;
  max: number;
  interval: number;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** An axis from zero, or from below it, in about five steps of a round number. */
function amountRange(amounts: readonly number[]): AxisRange {
  const low = Math.min(0, ...amounts);
  const high = Math.max(0, ...amounts) * HEADROOM;
  const interval = roundStep((high - low) / 5 || 1);
  return {
    min: Math.floor(low / interval) * interval,
    max: Math.ceil(high / interval) * interval || interval,
    interval,
  };
}

/** An axis whose zero and steps are at the height of those of the other. */
function shareRange(shares: readonly number[], other: AxisRange): AxisRange {
  const below = Math.round(-other.min / other.interval);
  const above = Math.round(other.max / other.interval);
  const high = Math.max(100, ...shares) / above;
  const low = below > 0 ? Math.max(0, ...shares.map((share) => -share)) / below : 0;
  const interval = roundStep(Math.max(high, low));
  return { min: -below * interval, max: above * interval, interval };
}

function roundStep(rough: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * magnitude >= rough * 0.999) ?? 10) * magnitude;
}
