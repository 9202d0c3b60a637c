import type { GraphicComponentOption } from 'echarts/components';
import type { EChartsCoreOption } from 'echarts/core';
import { capitalize } from '../language/capitalize.ts';
import { type Chart, chartNotes, chartTitle } from './chart.ts';
import type { Font } from './font.ts';

/** Width of a picture and its margins, px. Readable on a phone, which shows it at about a third of its size. */
export const WIDTH = 1080;
export const MARGIN = 48;
/** Size of the smallest text, px. */
export const TEXT_SIZE = 28;
export const LINE_HEIGHT = 38;
const TITLE_SIZE = 42;
const TITLE_LINE_HEIGHT = 54;
export const FONT_FAMILY = 'Noto Sans';

/** Colors that keep their order of brightness for people who see no colors. */
export const COLORS = {
  text: '#1B2430',
  muted: '#566273',
  line: '#D5DBE3',
  pagu: '#66748A',
  realisasi: '#1859B8',
  serapan: '#C75B12',
  outstanding: '#E0A100',
  komitmen: '#2E8B6F',
  sisa: '#C6D7EE',
  negative: '#B3261E',
} as const;

/** A picture: ECharts' option and the height, px. */
export interface Picture {
  option: EChartsCoreOption;
  height: number;
}

/** The fonts of a picture. */
export interface Fonts {
  regular: Font;
  bold: Font;
}

/** Returns a text that the font can draw: without emoji and control characters, which would break the picture or show as boxes. */
export function toDrawable(text: string, { regular }: Fonts): string {
  const drawable = Array.from(text, (character) => {
    if (/\s/.test(character)) return ' ';
    return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(character) || !regular.has(character) ? '' : character;
  });
  return drawable.join('').replace(/ +/g, ' ').trim();
}

/** Wraps a text into at most `maxLines` lines of at most `width` px; the last one ends with «…» if the text is longer. */
export function wrapText(
  text: string,
  font: Font,
  size: number,
  { width, maxLines }: { width: number; maxLines: number },
) {
  const lines: string[] = [];
  let rest = text;
  while (rest !== '') {
    const isLast = lines.length === maxLines - 1;
    if (font.measure(rest, size) <= width) {
      lines.push(rest);
      break;
    }
    const cut = fittingLength(rest, font, size, isLast ? width - font.measure('…', size) : width);
    const space = rest.lastIndexOf(' ', cut);
    // A word that is longer than the line is cut inside.
    const end = space > cut / 2 ? space : cut;
    if (isLast) {
      lines.push(`${rest.slice(0, end).trimEnd()}…`);
      break;
    }
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

/** Returns how many UTF-16 units of a text fit, at least one character. */
function fittingLength(text: string, font: Font, size: number, width: number): number {
  let length = 0;
  let used = 0;
  for (const character of text) {
    used += font.measure(character, size);
    if (used > width && length > 0) break;
    length += character.length;
  }
  return length;
}

/** A text at a place of the picture, `y` its top. */
export function placeText(
  text: string,
  { x, y, size = TEXT_SIZE, bold = false, color = COLORS.text, align = 'left' }: TextPlace,
): GraphicComponentOption {
  const font = { fontSize: size, fontWeight: bold ? 700 : 400, fontFamily: FONT_FAMILY } as const;
  return { type: 'text', x, y, silent: true, style: { text, ...font, fill: color, align, verticalAlign: 'top' } };
}

interface TextPlace {
  x: number;
  y: number;
  size?: number;
  bold?: boolean;
  color?: string;
  align?: 'left' | 'right' | 'center';
}

/** A filled rectangle with round corners. */
export function placeBox(box: {
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}): GraphicComponentOption {
  const { color, ...shape } = box;
  return { type: 'rect', silent: true, shape: { ...shape, r: 4 }, style: { fill: color } };
}

/** The texts above and below a chart, and the height of the part above it. */
export interface Frame {
  top: number;
  /** Texts above the chart. */
  header: GraphicComponentOption[];
  /** Texts below a chart that ends at `y`, and the height of the picture. */
  footer(y: number): { texts: GraphicComponentOption[]; height: number };
}

/** Lays out the title, the restriction and the notes of a chart. */
export function layOutFrame(chart: Chart, fonts: Fonts): Frame {
  const width = WIDTH - 2 * MARGIN;
  const header: GraphicComponentOption[] = [];
  let y = MARGIN - 8;
  const add = (
    target: GraphicComponentOption[],
    text: string,
    place: Omit<TextPlace, 'x' | 'y'>,
    lineHeight: number,
  ) => {
    target.push(placeText(text, { ...place, x: MARGIN, y }));
    y += lineHeight;
  };
  for (const line of wrapText(chartTitle(chart), fonts.bold, TITLE_SIZE, { width, maxLines: 2 }))
    add(header, line, { size: TITLE_SIZE, bold: true }, TITLE_LINE_HEIGHT);
  const scope = toDrawable(chart.scope, fonts);
  for (const line of wrapText(capitalize(scope), fonts.regular, TEXT_SIZE, { width, maxLines: 2 }))
    add(header, line, { color: COLORS.muted }, LINE_HEIGHT);
  const top = y + 16;
  return {
    top,
    header,
    footer(bottom) {
      const texts: GraphicComponentOption[] = [];
      y = bottom + 20;
      for (const note of chartNotes(chart).map((text) => toDrawable(text, fonts)))
        for (const line of wrapText(note, fonts.regular, TEXT_SIZE, { width, maxLines: 3 }))
          add(texts, line, { color: COLORS.muted }, LINE_HEIGHT);
      return { texts, height: y + MARGIN - 16 };
    },
  };
}

/** A legend of colored squares with names, laid out in lines, and its height. */
export function layOutLegend(
  entries: readonly { name: string; color: string }[],
  y: number,
  { regular }: Fonts,
): { elements: GraphicComponentOption[]; height: number } {
  const elements: GraphicComponentOption[] = [];
  let x = MARGIN;
  let top = y;
  for (const { name, color } of entries) {
    const width = 44 + regular.measure(name, TEXT_SIZE) + 40;
    if (x > MARGIN && x + width > WIDTH - MARGIN + 40) {
      x = MARGIN;
      top += LINE_HEIGHT + 8;
    }
    elements.push(placeBox({ x, y: top, width: 28, height: 28, color }));
    elements.push(placeText(name, { x: x + 44, y: top }));
    x += width;
  }
  return { elements, height: top - y + LINE_HEIGHT + 24 };
}
