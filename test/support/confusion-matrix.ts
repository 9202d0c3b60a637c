/** Verdicts on answers: bad answers that were flagged or missed, right answers that were flagged or passed. */
export interface ConfusionMatrix {
  flaggedBad: number;
  missedBad: number;
  flaggedOk: number;
  passedOk: number;
}

/** Counts the verdicts on answers. */
export function countVerdicts(verdicts: readonly { isBad: boolean; isFlagged: boolean }[]): ConfusionMatrix {
  const count = (isBad: boolean, isFlagged: boolean) =>
    verdicts.filter((verdict) => verdict.isBad === isBad && verdict.isFlagged === isFlagged).length;
  return {
    flaggedBad: count(true, true),
    missedBad: count(true, false),
    flaggedOk: count(false, true),
    passedOk: count(false, false),
  };
}

/** Formats a matrix with precision, recall and the two rates of errors, each with its 95 % interval. */
export function formatMatrix({ flaggedBad, missedBad, flaggedOk, passedOk }: ConfusionMatrix): string[] {
  const row = (name: string, flagged: number, passed: number) =>
    `${name.padEnd(10)}${String(flagged).padStart(10)}${String(passed).padStart(10)}`;
  return [
    `${''.padEnd(10)}${'flagged'.padStart(10)}${'passed'.padStart(10)}`,
    row('bad', flaggedBad, missedBad),
    row('ok', flaggedOk, passedOk),
    formatShare('precision', flaggedBad, flaggedBad + flaggedOk),
    formatShare('recall', flaggedBad, flaggedBad + missedBad),
    formatShare('ok answers that were flagged', flaggedOk, flaggedOk + passedOk),
    formatShare('bad answers that were not flagged', missedBad, flaggedBad + missedBad),
  ];
}

function formatShare(name: string, part: number, whole: number): string {
  if (whole === 0) return `${name}: no answers`;
  const percent = (share: number) => (share * 100).toFixed(1);
  const [low, high] = wilsonInterval(part, whole);
  return `${name}: ${part} of ${whole} = ${percent(part / whole)} % (95 %: ${percent(low)}–${percent(high)} %)`;
}

/** The 97.5th percentile of the normal distribution. */
const Z = 1.959964;

/** Returns the Wilson interval of a share at 95 %. `whole` is at least 1. */
export function wilsonInterval(part: number, whole: number): [low: number, high: number] {
  const share = part / whole;
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2));
  const center = share + Z ** 2 / (2 * whole);
  const scale = 1 + Z ** 2 / whole;
  return [Math.max(0, (center - spread) / scale), Math.min(1, (center + spread) / scale)];
}
