import t from 'tap';
import { isOnlyThanks } from '../../../src/gemini/courtesy.ts';

t.test('thanks for data ask for nothing; thanks with a question do', async (t) => {
  for (const text of [
    'Terima kasih',
    'makasih ya info kegiatannya',
    'Ok, terimakasih atas angka pagunya 🙏',
    'trims pak',
  ])
    t.ok(isOnlyThanks(text), text);
  for (const text of [
    'Berapa pagu saya?',
    'Terima kasih. Kalau serapannya?',
    'makasih, tolong kirim jadwal besok',
    'halo',
  ])
    t.notOk(isOnlyThanks(text), text);
});
