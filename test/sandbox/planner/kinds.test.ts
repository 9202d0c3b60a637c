import t from 'tap';
import { KINDS, tables } from '../../support/question-kinds.ts';
import { startConversations } from './conversations.ts';

t.test('the model understands every wording that the rules understand', async (t) => {
  const { converse } = await startConversations(t, tables);
  for (const { wordings, figures = [] } of KINDS) {
    for (const wording of wordings) {
      const { text } = await converse([wording]);
      t.notMatch(text, /belum punya jawaban|belum lengkap/, wording);
      for (const figure of figures) t.match(text.replaceAll('*', ''), figure, wording);
    }
  }
});
