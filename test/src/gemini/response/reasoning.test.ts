import t from 'tap';
import { removeReasoning } from '../../../../src/gemini/response/reasoning.ts';

t.test('reasoning in tags is removed, for any case, nesting, attributes or spelling', async (t) => {
  const cases: [string, string][] = [
    ['<thinking>Cek dulu.</thinking>Sisa Rp5.', 'Sisa Rp5.'],
    ['<THINK>\nSatu.\n\nDua.\n</Think>Sisa Rp5.', 'Sisa Rp5.'],
    ['<thought lang="id">a<thought>b</thought>c</thought>Sisa Rp5.', 'Sisa Rp5.'],
    ['Sisa <think>a</think>Rp5.<think>b</think>', 'Sisa Rp5.'],
    ['&lt;thinking&gt;a&lt;/thinking&gt;Sisa Rp5.', 'Sisa Rp5.'],
    ['Cek dulu.</think>Sisa Rp5.', 'Sisa Rp5.'],
    ['<think>tanpa akhir, Rp5', ''],
    ['Sisa Rp5.<thinking>tanpa akhir', 'Sisa Rp5.'],
    ['<thinking>Cek.</thinking', ''],
    ['<|thinking|>Cek.<|/thinking|>Sisa Rp5.', 'Sisa Rp5.'],
    ['<think\n>Cek.</think\n>Sisa Rp5.', 'Sisa Rp5.'],
    ['<antThinking>Cek.</antThinking>Sisa Rp5.', 'Sisa Rp5.'],
    ['<reflection>Cek.</reflection><analysis>Cek.</analysis>Sisa Rp5.', 'Sisa Rp5.'],
    ['[THINK]Cek.[/THINK]Sisa [Thinking]Cek.[/thinking]Rp5.', 'Sisa Rp5.'],
    ['```thought\nCek.\n```\nSisa Rp5.', 'Sisa Rp5.'],
    ['Sisa Rp5.\n```thinking\ntanpa akhir', 'Sisa Rp5.\n'],
  ];
  for (const [written, expected] of cases) t.equal(removeReasoning(written), expected, written);
});

t.test('leading paragraphs of reasoning are removed, also without an answer after them', async (t) => {
  const cases: [string, string][] = [
    ['THOUGHT: perlu data.\nLalu cek.\n\nSisa Rp5.', 'Sisa Rp5.'],
    ['Thought: a\n\n**Thinking:** b\n\nSisa Rp5.', 'Sisa Rp5.'],
    ['  **thought**\nThe user asks.\n \nSisa Rp5.', 'Sisa Rp5.'],
    ['THOUGHT: a\nJawaban: Sisa Rp5.', 'Sisa Rp5.'],
    [String.raw`THOUGHT: a\n\nSisa Rp5.`, 'Sisa Rp5.'],
    ['THOUGHT: a\n```tool_code\nx()\n```', '```tool_code\nx()\n```'],
    ['THOUGHT: hanya ini', ''],
    ['THOUGHT： a\n\nSisa Rp5.', 'Sisa Rp5.'],
    ['> THOUGHT: a\n> b\n\nSisa Rp5.', 'Sisa Rp5.'],
    ['**Proses berpikir:** a\n\nReasoning: b\n\nSisa Rp5.', 'Sisa Rp5.'],
    ['## Thought\na\n\nSisa Rp5.', 'Sisa Rp5.'],
  ];
  for (const [written, expected] of cases) t.equal(removeReasoning(written), expected, written);
});

t.test('text that only resembles reasoning stays', async (t) => {
  for (const text of [
    'Gunakan `<think>` di sini.',
    'Thoughtful: ya',
    'Halo.\n\nTHOUGHT: ini kutipan',
    '2 < 3 > 1',
    'Pilih [/thought] atau [thinking].',
    '',
  ]) {
    t.equal(removeReasoning(text), text);
  }
});
