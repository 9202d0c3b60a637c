import t from 'tap';
import { parseWrittenCalls } from '../../../../src/gemini/response/written-call.ts';

const declared = new Set(['budget_summary', 'search_budget', 'calculate']);
const fence = (language: string, content: string) => `\`\`\`${language}\n${content}\n\`\`\``;
const summary = [{ name: 'budget_summary', args: {} }];
const search = [{ name: 'search_budget', args: { keyword: 'ATK "a", (b)', min_sisa: 1000, limit: 5 } }];

t.test('a function call in Python is read', async (t) => {
  const cases: [string, unknown][] = [
    [fence('tool_code', 'print(default_api.budget_summary())'), summary],
    [`Baik, saya cek.\n${fence('tool_code', 'default_api.budget_summary()')}\nSisa Rp5.`, summary],
    ['print(default_api.budget_summary())', summary],
    ['Baik.\ntool_code\nprint(default_api.budget_summary())', summary],
    ['hasil = default_api.budget_summary()\nprint(hasil)', summary],
    ['`budget_summary()`', summary],
    ['**budget_summary()**', summary],
    ['print(default\\_api.budget\\_summary())', summary],
    ['Saya akan memanggil print(default_api.budget_summary()) untuk Anda.', summary],
    ['functions.budget_summary()', summary],
    [`default_api.search_budget(keyword='ATK "a", (b)', min_sisa=1_000, limit=5)`, search],
    ['print(default_api.search_budget(\n  keyword="ATK \\"a\\", (b)",\n  min_sisa = 1e3,\n  limit=5,\n))', search],
    [
      '[budget_summary(), calculate(operation="sum", operands=(1, 2), x={"a": [True, None]})]',
      [...summary, { name: 'calculate', args: { operation: 'sum', operands: [1, 2], x: { a: [true, null] } } }],
    ],
  ];
  for (const [reply, calls] of cases) t.strictSame(parseWrittenCalls(reply, declared), calls, reply);
});

t.test('a function call in JSON is read', async (t) => {
  const call = '{"name": "budget_summary", "args": {}}';
  const replies = [
    call,
    fence('json', call),
    `[${call}]`,
    '{"functionCall": {"name": "budget_summary", "args": {}}}',
    '{"name": "budget_summary", "arguments": "{}"}',
    '{"name": "default_api.budget_summary", "parameters": {}}',
    '{"tool_calls": [{"type": "function", "function": {"name": "budget_summary", "arguments": "{}"}}]}',
    "{'name': 'budget_summary', 'args': {},}",
    '{"budget_summary": {}}',
    `<tool_call>\n${call}\n</tool_call>`,
    `Saya cek dulu.\n${fence('json', call)}`,
    `Saya cek dulu:\n${call}`,
    'Saya cek dulu:\n{\n"name": "budget_summary",\n"args": {}\n}',
  ];
  for (const reply of replies) t.strictSame(parseWrittenCalls(reply, declared), summary, reply);
});

t.test('a function call that cannot be parsed or names no declared function is unreadable', async (t) => {
  const replies = [
    fence('tool_code', 'print(default_api.weather())'),
    fence('tool_code', 'for x in range(3): pass'),
    'default_api.search_budget("ATK")',
    'print(default_api.search_budget(keyword=kata))',
    'default_api.search_budget(keyword="ATK',
    'call:budget_summary{}',
    '{"name": "budget_summary", "args": {"keyword": "AT',
    '<function_call name="budget_summary"></function_call>',
    '<function=budget_summary>{}</function>',
    'Baik.\n<invoke name="budget_summary"></invoke>',
    `${fence('tool_outputs', '{"pagu": 5}')}\nPagu Rp5.`,
    '{"name": "budget_summary", "args": "ATK"}',
    '{"name": "weather", "args": {}}',
    '{"name": "budget_summary", "args": {}}\n\nSisa Rp5.',
  ];
  for (const reply of replies) t.equal(parseWrittenCalls(reply, declared), 'unreadable', reply);
});

t.test('an answer that contains JSON or code is no function call', async (t) => {
  const replies = [
    'Sisa Rp5 (lima rupiah).',
    `Contohnya:\n${fence('json', '{"name": "Rapat", "args": {"hari": 1}}')}\nItu saja.`,
    `${fence('json', '{"name": "Rapat", "status": "Rencana"}')}\nItu contohnya.`,
    '{"name": "Rapat", "status": "Rencana"}',
    '{"name": "Rapat"} adalah contoh.',
    '[{"pagu": 5}]',
    '[12] Laporan',
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    fence('python', 'print(1)'),
    'Fungsi `default_api.budget_summary()` dipakai.',
    'Gunakan budget_summary (ringkasan).',
    '',
  ];
  for (const reply of replies) t.equal(parseWrittenCalls(reply, declared), null, reply.slice(0, 80));
});
