import type { Part } from '../part.ts';
import { bigReport, REPORT_ROWS } from '../report.ts';
import { parseRows } from './data-parse.ts';
import { stallRows } from './data-stall.ts';
import { toolRows } from './data-tools.ts';

/** Goal 6: the budget tools over the largest report, against one JSON.parse of it. */
export const data: Part = async (bench) => {
  const text = bigReport();
  const parse = await parseRows(bench, text);
  const tools = await toolRows(bench, text);
  const stall = await stallRows(bench, text);
  const megabytes = (text.length / 1024 ** 2).toFixed(2);
  return {
    title: '6. The data',
    rows: [...tools, ...parse, ...stall.rows],
    notes: [
      `A report of ${REPORT_ROWS.toLocaleString('en-US')} rows, ${megabytes} MB of JSON. Tools run through \`createSapaTools\` as a turn calls them, each call in a turn of its own (so that reports and activities are looked up anew, ` +
        'from memory), the report cached; times are medians of many calls in a round, wall and CPU of the bench process itself.',
      ...stall.notes,
    ],
  };
};
