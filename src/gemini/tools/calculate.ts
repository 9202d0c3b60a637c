import { formatNumber, toPercent, toSen } from '../../supabase/rupiah.ts';

/** What can be calculated; the order of the operands matters for all but `sum`. */
export const OPERATIONS = ['sum', 'difference', 'ratio_percent', 'divide', 'project_linear'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a calculation may use: figures seen in this turn, and months (1–12) of report dates seen and of today. */
export interface AllowedOperands {
  figures: Iterable<number>;
  months: Iterable<number>;
}

export type Calculation = { ok: true; result: number; how: string } | { ok: false; error: string };

const ARITY: Record<Operation, { least: number; most: number; operands: string }> = {
  sum: { least: 1, most: 50, operands: 'angka-angka yang dijumlahkan' },
  difference: { least: 2, most: 50, operands: '[angka awal, pengurang, …]' },
  ratio_percent: { least: 2, most: 2, operands: '[bagian, keseluruhan]' },
  divide: { least: 2, most: 2, operands: '[yang dibagi, pembagi]' },
  project_linear: { least: 3, most: 3, operands: '[realisasi sampai sekarang, bulan berjalan, jumlah bulan]' },
};

/**
 * Calculates with figures that are known; an operand from nowhere is refused, by name. Each operand stands for the
 * nearest known figure that rounds to it, so a rounded operand costs no precision. Results have at most
 * four decimals. How it was made is told in Indonesian.
 */
export function calculate(operation: Operation, operands: readonly number[], known: AllowedOperands): Calculation {
  const { least, most, operands: wanted } = ARITY[operation];
  if (operands.length < least || operands.length > most) {
    return refused(`Operasi ${operation} memerlukan operands ${wanted}; yang diberikan ${operands.length}.`);
  }
  const exact = operands.map((operand, position) => knownOperand(operation, operand, position, known));
  const unknown = operands.filter((_, position) => exact[position] === undefined);
  if (unknown.length > 0) {
    return refused(
      `Angka ${unknown.join(', ')} tidak ada dalam hasil alat maupun pesan pengguna, jadi tidak boleh dihitung. ` +
        'Ambil angkanya dengan alat SAPA lebih dulu, lalu pakai persis seperti yang dikembalikan.',
    );
  }
  return carryOut(
    operation,
    exact.filter((figure) => figure !== undefined),
  );
}

function carryOut(operation: Operation, [first = 0, ...others]: number[]): Calculation {
  const [second = 0, third = 0] = others;
  const text = (figure: number) => formatNumber(figure, 4);
  switch (operation) {
    case 'sum': {
      const result = toPercent(others.reduce((sum, figure) => sum + figure, first));
      return made(result, [first, ...others].map(text).join(' + '));
    }
    case 'difference': {
      const result = toPercent(others.reduce((rest, figure) => rest - figure, first));
      return made(result, [first, ...others].map(text).join(' − '));
    }
    case 'ratio_percent':
      if (second === 0) return refused('Pembagi (keseluruhan) nol: persentasenya tidak ada.');
      return made(toPercent((first * 100) / second), `${text(first)} ÷ ${text(second)} × 100%`);
    case 'divide':
      if (second === 0) return refused('Pembagi nol: hasil baginya tidak ada.');
      return made(toPercent(first / second), `${text(first)} ÷ ${text(second)}`);
    case 'project_linear': {
      if (second <= 0 || third < second) {
        return refused('bulan berjalan harus lebih dari 0 dan tidak melebihi jumlah bulan.');
      }
      const how = `${text(first)} ÷ ${text(second)} × ${text(third)}, dengan anggapan laju tetap sama`;
      return made(toSen((first / second) * third), how);
    }
  }
}

function made(result: number, expression: string): Calculation {
  return { ok: true, result, how: `${expression} = ${formatNumber(result, 4)}` };
}

function refused(error: string): Calculation {
  return { ok: false, error };
}

/** The exact figure an operand stands for, or undefined where it comes from nowhere. */
function knownOperand(
  operation: Operation,
  operand: number,
  position: number,
  { figures, months }: AllowedOperands,
): number | undefined {
  // A divisor may count months of the calendar, which no tool returns as a figure; 12 is then twelve, not a 12.3 nearby.
  const counts = (operation === 'divide' && position === 1) || (operation === 'project_linear' && position > 0);
  return counts && isMonthCount(operand, months) ? operand : nearest(operand, figures);
}

/** Months of a year, months gone by at a known date (also in part: 10.8 in November), or the months left after it. */
function isMonthCount(operand: number, months: Iterable<number>): boolean {
  if (operand === 12) return true;
  for (const month of months) {
    if ((operand > month - 1 && operand <= month) || operand === 12 - month) return true;
  }
  return false;
}

/** The known figure closest to `operand`, if it is `operand` when rounded to as many decimals. */
function nearest(operand: number, figures: Iterable<number>): number | undefined {
  let best: number | undefined;
  for (const figure of figures) {
    if (best === undefined || Math.abs(figure - operand) < Math.abs(best - operand)) best = figure;
  }
  if (best === undefined) return undefined;
  const tolerance = Math.max(0.5 * 10 ** -decimalsOf(operand), Math.abs(best) * Number.EPSILON);
  return Math.abs(best - operand) <= tolerance ? best : undefined;
}

function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}
