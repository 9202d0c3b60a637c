import { formatNumber, toPercent, toSen } from '../../supabase/rupiah.ts';

/** The operations. The order of operands matters except for `sum`. */
export const OPERATIONS = ['sum', 'difference', 'ratio_percent', 'divide', 'project_linear'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Figures of this turn, and the months (1–12) of its report dates and of today. */
interface AllowedOperands {
  figures: Iterable<number>;
  months: Iterable<number>;
}

export type Calculation = { ok: true; result: number; how: string } | { ok: false; error: string };

const ARITY: Record<Operation, { min: number; max: number; operands: string }> = {
  sum: { min: 1, max: 50, operands: 'angka-angka yang dijumlahkan' },
  difference: { min: 2, max: 50, operands: '[angka awal, pengurang, …]' },
  ratio_percent: { min: 2, max: 2, operands: '[bagian, keseluruhan]' },
  divide: { min: 2, max: 2, operands: '[yang dibagi, pembagi]' },
  project_linear: { min: 3, max: 3, operands: '[realisasi sampai sekarang, bulan berjalan, jumlah bulan]' },
};

/**
 * Calculates with known figures and rejects unknown operands. An operand is replaced with the nearest known figure that
 * rounds to it, so rounding costs no precision. Results have at most four decimals. `how` is an Indonesian explanation.
 */
export function calculate(operation: Operation, operands: readonly number[], allowed: AllowedOperands): Calculation {
  const { min, max, operands: expected } = ARITY[operation];
  if (operands.length < min || operands.length > max) {
    return reject(`Operasi ${operation} memerlukan operands ${expected}; yang diberikan ${operands.length}.`);
  }
  const exact = operands.map((operand, position) => findOperand(operation, operand, position, allowed));
  const unknown = operands.filter((_, position) => exact[position] === undefined);
  if (unknown.length > 0) {
    return reject(
      `Angka ${unknown.join(', ')} tidak ada dalam hasil alat maupun pesan pengguna, jadi tidak boleh dihitung. ` +
        'Ambil angkanya dengan alat SAPA lebih dulu, lalu pakai persis seperti yang dikembalikan.',
    );
  }
  return compute(
    operation,
    exact.filter((figure) => figure !== undefined),
  );
}

function compute(operation: Operation, [first = 0, ...others]: number[]): Calculation {
  const [second = 0, third = 0] = others;
  const format = (figure: number) => formatNumber(figure, 4);
  switch (operation) {
    case 'sum': {
      const result = toPercent(others.reduce((sum, figure) => sum + figure, first));
      return succeed(result, [first, ...others].map(format).join(' + '));
    }
    case 'difference': {
      const result = toPercent(others.reduce((rest, figure) => rest - figure, first));
      return succeed(result, [first, ...others].map(format).join(' − '));
    }
    case 'ratio_percent':
      if (second === 0) return reject('Pembagi (keseluruhan) nol: persentasenya tidak ada.');
      return succeed(toPercent((first * 100) / second), `${format(first)} ÷ ${format(second)} × 100%`);
    case 'divide':
      if (second === 0) return reject('Pembagi nol: hasil baginya tidak ada.');
      return succeed(toPercent(first / second), `${format(first)} ÷ ${format(second)}`);
    case 'project_linear': {
      if (second <= 0 || third < second) {
        return reject('bulan berjalan harus lebih dari 0 dan tidak melebihi jumlah bulan.');
      }
      const how = `${format(first)} ÷ ${format(second)} × ${format(third)}, dengan anggapan laju tetap sama`;
      return succeed(toSen((first / second) * third), how);
    }
  }
}

function succeed(result: number, expression: string): Calculation {
  return { ok: true, result, how: `${expression} = ${formatNumber(result, 4)}` };
}

function reject(error: string): Calculation {
  return { ok: false, error };
}

/** Finds the exact figure of an operand. @returns undefined if the operand is unknown */
function findOperand(
  operation: Operation,
  operand: number,
  position: number,
  { figures, months }: AllowedOperands,
): number | undefined {
  // A divisor may be a number of months, which is no figure of a tool; 12 must not become a figure of 12.3.
  const mayBeMonths = (operation === 'divide' && position === 1) || (operation === 'project_linear' && position > 0);
  return mayBeMonths && isMonthCount(operand, months) ? operand : findNearest(operand, figures);
}

/** Returns whether a number is 12, the months elapsed at a known date (10.8 in November), or the months left after it. */
function isMonthCount(operand: number, months: Iterable<number>): boolean {
  if (operand === 12) return true;
  for (const month of months) {
    if ((operand > month - 1 && operand <= month) || operand === 12 - month) return true;
  }
  return false;
}

/** Returns the nearest figure, if rounding it to the operand's decimals gives the operand. */
function findNearest(operand: number, figures: Iterable<number>): number | undefined {
  let best: number | undefined;
  for (const figure of figures) {
    if (best === undefined || Math.abs(figure - operand) < Math.abs(best - operand)) best = figure;
  }
  if (best === undefined) return undefined;
  const tolerance = Math.max(0.5 * 10 ** -countDecimals(operand), Math.abs(best) * Number.EPSILON);
  return Math.abs(best - operand) <= tolerance ? best : undefined;
}

function countDecimals(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}
