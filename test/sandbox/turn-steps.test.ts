import t from 'tap';
import { createTurnSteps } from '../../sandbox/demo/turn-steps.ts';

const line = (event: string, turnId: string, durationMs = 0) => ({ event, turnId, durationMs });

t.test('the line that ends a turn is summed up with its model requests and the duration of each step', async (t) => {
  const turns = createTurnSteps();
  const lines = [
    line('turn.started', 'a'),
    line('tool.prefetched', 'a', 30),
    line('turn.started', 'b'),
    line('model.called', 'a', 900),
    line('tool.called', 'a', 12),
    line('model.called', 'a', 700),
    line('model.called', 'b', 5),
    line('part.sent', 'a', 80),
  ];
  for (const each of lines) t.equal(turns.add(each), undefined);
  t.equal(
    turns.add(line('turn.finished', 'a', 1_800)),
    '2 permintaan ke model · data 42 ms · model 1,6 s · kirim 80 ms',
  );
  t.equal(turns.add(line('turn.finished', 'b')), '1 permintaan ke model · model 5 ms');
});

t.test('a turn without a model, an unknown turn and lines without a turn', async (t) => {
  const turns = createTurnSteps();
  turns.add(line('turn.started', 'c'));
  t.equal(turns.add(line('turn.finished', 'c')), '0 permintaan ke model');
  t.equal(turns.add(line('turn.finished', 'c')), undefined, 'it has ended');
  t.equal(turns.add({ event: 'service.started' }), undefined);
  t.equal(turns.add({ level: 50, msg: 'x' }), undefined);
});

t.test('a turn that is attempted again keeps its steps', async (t) => {
  const turns = createTurnSteps();
  for (let attempt = 0; attempt < 2; attempt++) {
    turns.add(line('turn.started', 'd'));
    turns.add(line('model.called', 'd', 10));
  }
  t.equal(turns.add(line('turn.finished', 'd')), '2 permintaan ke model · model 20 ms');
});
