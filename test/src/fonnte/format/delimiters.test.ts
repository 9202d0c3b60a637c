import t from 'tap';
import { findFences, findFormattedSpans } from '../../../../src/fonnte/format/delimiters.ts';

/** The stretches of a line that are formatted, marks included. */
function stretches(line: string): string[] {
  return findFormattedSpans(line).map(({ open, close }) => line.slice(open, close + 1));
}

t.test('a mark opens at a word boundary before a visible character, and closes after one at the next', async (t) => {
  const cases: Record<string, string[]> = {
    '*a* _b_ ~c~ `d`': ['*a*', '_b_', '~c~', '`d`'],
    '(*a b*), "_c_"!': ['*a b*', '_c_'],
    '*_~a~_*': ['~a~', '_~a~_', '*_~a~_*'],
    'snake_case_name 2*3*4 a~b~c x`y`z': [],
    '5 * 3 * 2 _ a _': [],
    '*a *b* c': ['*a *b*'],
    '*a* b* c*': ['*a*'],
    '*a': [],
    '**': [],
    '~100 dan ~200': [],
    '*a _b* c_': ['*a _b*'],
    '`*a*` *b*': ['`*a*`', '*b*'],
    '`a *b*': ['*b*'],
    '*é* a*é*': ['*é*'],
    '✅*a*✅ 👍🏽_b_': ['*a*', '_b_'],
    '*a*b c*': ['*a*b c*'],
  };
  for (const [line, expected] of Object.entries(cases)) t.same(stretches(line), expected, line);
});

t.test('a monospace block runs from three backticks to the next, over lines, and holds something', async (t) => {
  const blocks = (text: string) => findFences(text).map(({ start, end }) => text.slice(start, end));
  t.same(blocks('a ```b``` c\n```\nd\n\ne\n``` f'), ['```b```', '```\nd\n\ne\n```']);
  t.same(blocks('``` a'), [], 'unclosed');
  t.same(blocks('``` ```a```'), ['```a```'], 'blank');
});
