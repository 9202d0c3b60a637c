import t from 'tap';
import { checkFigures, type GroundingSources } from '../../src/gemini/grounding/grounding.ts';

// Synchronous work of a minute on a busy machine.
t.setTimeout(300_000);

const NO_SOURCES: GroundingSources = { data: [], earlier: [], user: [] };

const LENGTH = 60_000;
const repeatToLength = (piece: string) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH);
const ORDINARY = repeatToLength('Sisa anggaran Rp1.234.567 atau 45,3% dari pagu, 3 kegiatan pada 24 November 2026.\n');
const HOSTILE = [
  ...'1 1. 1, 1.111 1- 1/ -1 (1 |1 |- Rp Rp1 ke- A1. A-1_ www. http:// @ * _ **1** a\u0301 😀 1\uFE0F nya é1'.split(
    ' ',
  ),
  ...[
    '1 1',
    '1 dan ',
    '12 s.d. ',
    '|1|\n',
    '1.\n',
    'ruang rapat ',
    'nol ',
    'seratus ',
    'setengah ',
    'satu-',
    'koma satu ',
  ],
  ...[
    '1 juta ',
    '3 (tiga ',
    '1 kegiatan ',
    '1 kegiatan\n',
    'kegiatan: 1',
    'turun ',
    '24 November ',
    '0812 ',
    ' ',
    '\n',
  ],
];

// The ratio of two CPU times of one run is independent of the machine's speed and of other processes.
function findWorstRatio(pieces: readonly string[], check: (text: string) => void): { piece: string; ratio: number } {
  const measureCpuTime = (text: string) => {
    const before = process.cpuUsage();
    check(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  measureCpuTime(ORDINARY);
  const ordinary = [measureCpuTime(ORDINARY), measureCpuTime(ORDINARY), measureCpuTime(ORDINARY)].sort(
    (one, two) => one - two,
  )[1]!;
  const ratios = pieces.map((piece) => ({ piece, ratio: measureCpuTime(repeatToLength(piece)) / ordinary }));
  return ratios.reduce((one, two) => (two.ratio > one.ratio ? two : one));
}

t.test(
  '60,000 hostile characters of an answer take at most a small multiple of the time of ordinary ones',
  async (t) => {
    const { piece, ratio } = findWorstRatio(HOSTILE, (text) => checkFigures(text, NO_SOURCES));
    t.comment(`worst: ${JSON.stringify(piece)}, ${ratio.toFixed(1)} times the ordinary text`);
    t.ok(ratio < 20, 'quadratic time would be hundreds of times as long');
  },
);

t.test(
  '60,000 hostile characters in data and messages take at most a small multiple, with a thousand rows',
  async (t) => {
    const activities = Array.from({ length: 1000 }, (_, n) => ({
      nama: `Rapat ${n}`,
      status: 'Rencana',
      sisa: n * 1000,
    }));
    const { piece, ratio } = findWorstRatio(['1', '1 kegiatan ', 'Rp1 ', 'satu '], (text) =>
      checkFigures(text, { data: [{ count: 1000, activities }, text, { nama: text }], earlier: [1], user: [text] }),
    );
    t.comment(`worst: ${JSON.stringify(piece)}, ${ratio.toFixed(1)} times the ordinary text`);
    t.ok(ratio < 20);
  },
);
