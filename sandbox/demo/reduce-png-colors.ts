import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MAX_COLORS = 256;
/** Colors with a smaller distance (see `findNearest`) look equal. */
const MIN_COLOR_DISTANCE = 150;
const TRUECOLOR = 2;
const TRUECOLOR_ALPHA = 6;
const INDEXED = 3;

interface Image {
  width: number;
  height: number;
  /** One number per pixel: 0xRRGGBB. */
  pixels: Uint32Array;
}

/** Encodes a screenshot as a PNG of 256 colors: a third of the bytes, and a page with few colors looks the same. */
export function reducePngColors(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const byCount = [...counts].sort((one, other) => other[1] - one[1]).map(([color]) => color);
  const palette = choosePalette(byCount);
  const indexOf = new Map(byCount.map((color) => [color, findNearest(palette, color).index]));

  const rows = Buffer.alloc((width + 1) * height);
  for (const [at, pixel] of pixels.entries()) {
    rows[at + Math.floor(at / width) + 1] = indexOf.get(pixel) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, INDEXED], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Chooses the most frequent colors, and only one of several similar colors. */
function choosePalette(byCount: readonly number[]): number[] {
  if (byCount.length <= MAX_COLORS) return [...byCount];
  const palette: number[] = [];
  for (const color of byCount) {
    if (palette.length < MAX_COLORS && findNearest(palette, color).distance > MIN_COLOR_DISTANCE) palette.push(color);
  }
  return palette;
}

function findNearest(palette: readonly number[], color: number): { index: number; distance: number } {
  let best = 0;
  let minDistance = Number.POSITIVE_INFINITY;
  for (const [index, other] of palette.entries()) {
    const red = (color >> 16) - (other >> 16);
    const green = ((color >> 8) & 255) - ((other >> 8) & 255);
    const blue = (color & 255) - (other & 255);
    const distance = 2 * red * red + 4 * green * green + 3 * blue * blue;
    if (distance < minDistance) [best, minDistance] = [index, distance];
  }
  return { index: best, distance: minDistance };
}

/** Decodes an 8-bit color PNG without interlacing, as browsers write it. @throws Error for any other format */
function decode(png: Buffer): Image {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, type, , , interlaced] = png.subarray(24, 29);
  if (depth !== 8 || interlaced !== 0 || (type !== TRUECOLOR && type !== TRUECOLOR_ALPHA)) {
    throw new Error('not an 8-bit color PNG');
  }
  const size = type === TRUECOLOR ? 3 : 4;
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const bytes = unfilter(inflateSync(Buffer.concat(data)), width * size, size);
  const pixels = new Uint32Array(width * height);
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = bytes.readUIntBE(index * size, 3);
  return { width, height, pixels };
}

/** @see https://www.w3.org/TR/png-3/#9Filters */
function unfilter(filtered: Buffer, stride: number, size: number): Buffer {
  const height = filtered.length / (stride + 1);
  const bytes = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = filtered[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= size ? (bytes[at - size] ?? 0) : 0;
      const up = y > 0 ? (bytes[at - stride] ?? 0) : 0;
      const corner = x >= size && y > 0 ? (bytes[at - stride - size] ?? 0) : 0;
      const prediction = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      bytes[at] = (filtered[y * (stride + 1) + 1 + x] ?? 0) + prediction;
    }
  }
  return bytes;
}

function paeth(left: number, up: number, corner: number): number {
  const prediction = left + up - corner;
  const [byLeft, byUp, byCorner] = [left, up, corner].map((value) => Math.abs(prediction - value)) as [
    number,
    number,
    number,
  ];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
