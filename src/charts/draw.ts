import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { init, setPlatformAPI } from 'echarts/dist/echarts.esm.min.mjs';
import { drawBars, drawStacks } from './bar-option.ts';
import { FONT_FAMILY, type Fonts, type Picture, TEXT_SIZE, WIDTH } from './canvas.ts';
import type { Chart } from './chart.ts';
import { readFont } from './font.ts';
import { drawTrend } from './trend-option.ts';

const { resolve } = createRequire(import.meta.url);
const FONT_FOLDER = '@expo-google-fonts/noto-sans';
const fonts: Fonts = {
  regular: readFont(resolve(`${FONT_FOLDER}/400Regular/NotoSans_400Regular.ttf`)),
  bold: readFont(resolve(`${FONT_FOLDER}/700Bold/NotoSans_700Bold.ttf`)),
};

// Without a canvas, ECharts estimates the width of texts.
setPlatformAPI({
  measureText(text, font = '') {
    const [, weight, size] = /(?:(\w+) )?(\d+)px/.exec(font) ?? [];
    const face = weight === 'bold' || Number(weight) >= 600 ? fonts.bold : fonts.regular;
    return { width: face.measure(text, Number(size ?? TEXT_SIZE)) };
  },
});

/** Draws a chart as SVG. */
export function drawSvg(chart: Chart): string {
  const { option, height } = layOut(chart);
  const echarts = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    echarts.setOption(option);
    return echarts.renderToSVGString();
  } finally {
    echarts.dispose();
  }
}

/** Draws a chart as PNG, 1080 px wide. */
export function drawPng(chart: Chart): Uint8Array<ArrayBuffer> {
  const font = {
    fontFiles: [fonts.regular.path, fonts.bold.path],
    loadSystemFonts: false,
    defaultFontFamily: FONT_FAMILY,
    sansSerifFamily: FONT_FAMILY,
  };
  return new Uint8Array(new Resvg(drawSvg(chart), { font }).render().asPng());
}

function layOut(chart: Chart): Picture {
  if (chart.kind === 'trend') return drawTrend(chart, fonts);
  return chart.kind === 'bars' ? drawBars(chart, fonts) : drawStacks(chart, fonts);
}
