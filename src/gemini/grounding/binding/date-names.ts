import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import type { LabelIndex } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Name } from './names.ts';

const YEAR = /^20\d\d$/;
const RANGE_JOINT = /^(?:[-–—]|sampai|hingga|sd|d)$/;

/** Finds days and months: «24 November 2026», «24/11», «Okt», «2026-10». The ends of a range of days name no day. */
export function findDates(tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  const names: Name[] = [];
  const add = (kind: string, text: string, range: Range) => {
    if (kind === 'date' && isRangeEnd(tokens, range)) return;
    const found = labels.find(kind, text);
    // A day that the data does not have is named too; it may be wrong.
    if (found.length > 0 || kind === 'date')
      names.push({ kind, ...range, labels: new Set(found), ...(kind === 'date' ? { date: text } : {}) });
  };
  const pad = (text: string) => text.padStart(2, '0');
  for (let at = from; at < to; at++) {
    const { kind, text, lower } = tokens[at]!;
    const month = MONTH_NUMBERS.get(lower);
    if (month !== undefined && kind === 'word' && !(text === 'mar' || lower === 'may')) {
      const end = YEAR.test(tokens[at + 1]?.text ?? '') ? at + 2 : at + 1;
      const day = tokens[at - 1]?.kind === 'number' && at > from ? tokens[at - 1]!.text : undefined;
      const isRange =
        day !== undefined &&
        /^(?:[-–]|d|dan|sampai|hingga|,)$/.test(tokens[at - 2]?.text ?? '') &&
        (tokens[at - 3]?.kind === 'number' || tokens[at - 2]?.lower === 'dan' || isMonth(tokens, at - 3));
      if (day === undefined) add('month', pad(String(month)), { from: at, to: end });
      else if (!isRange && /^\d{1,2}$/.test(day))
        add('date', `${pad(String(month))}-${pad(day)}`, { from: at - 1, to: end });
      continue;
    }
    const [joint, second] = [tokens[at + 1], tokens[at + 2]];
    if (kind !== 'number' || !joint?.glued || !second?.glued || second.kind !== 'number' || at + 2 >= to) continue;
    if (joint.text === '/' && /^\d{1,2}$/.test(text) && /^\d{1,2}$/.test(second.text))
      add('date', `${pad(second.text)}-${pad(text)}`, { from: at, to: at + 3 });
    if (joint.text === '-' && YEAR.test(text) && /^\d\d$/.test(second.text))
      add('month', `${text}-${second.text}`, { from: at, to: at + 3 });
  }
  return names;
}

function isMonth(tokens: readonly Token[], at: number): boolean {
  return MONTH_NUMBERS.has(tokens[at]?.lower ?? '');
}

/** Whether a day is an end of a range: «30 November–6 Desember», «30/11 sampai 6/12». */
function isRangeEnd(tokens: readonly Token[], { from, to }: Range): boolean {
  const opens = [1, 2, 3].some(
    (ahead) =>
      tokens[to + ahead]?.kind === 'number' &&
      (isMonth(tokens, to + ahead + 1) || tokens[to + ahead + 1]?.text === '/'),
  );
  const closes = tokens[from - 2]?.kind === 'number' || isMonth(tokens, from - 2);
  return (
    (opens && RANGE_JOINT.test(tokens[to]?.lower ?? '')) || (closes && RANGE_JOINT.test(tokens[from - 1]?.lower ?? ''))
  );
}

/** «Januari sampai Mei» names the months between too. */
export function expandRanges(tokens: readonly Token[], names: readonly Name[], labels: LabelIndex): Name[] {
  const expanded: Name[] = [];
  for (const name of names) {
    const first = expanded.at(-1);
    const joint = first
      ? tokens
          .slice(first.to, name.from)
          .map(({ text }) => text)
          .join('')
      : '';
    if (
      first?.kind !== 'month' ||
      name.kind !== 'month' ||
      !/^(?:-|–|sampai|hingga|s\.d\.|sd|sampaidengan)$/.test(joint)
    ) {
      expanded.push(name);
      continue;
    }
    const ends = [first, name].flatMap((each) => [...each.labels!].map(({ text }) => text)).sort();
    const months = labels.months().filter((month) => month >= ends[0]! && month <= ends.at(-1)!);
    first.labels = new Set(months.flatMap((month) => labels.find('month', month)));
    first.to = name.to;
  }
  return expanded;
}
