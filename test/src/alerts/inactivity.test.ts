import t from 'tap';
import { isInactive } from '../../../src/alerts/inactivity.ts';

const TIME_ZONE = 'Asia/Jakarta';
/** 2026-11-23 is a Monday. */
const at = (clock: string, day = '2026-11-23') => Date.parse(`${day}T${clock}:00+07:00`);

t.test('inactivity is working time without a message', async (t) => {
  const cases: [last: number, now: number, expected: boolean, reason: string][] = [
    [at('09:00'), at('10:00'), true, 'an hour of a working day'],
    [at('09:01'), at('10:00'), false, 'less than an hour'],
    [at('17:00', '2026-11-22'), at('08:30'), false, 'the night does not count'],
    [at('17:00', '2026-11-22'), at('09:00'), true, 'an hour since work started'],
    [at('12:00'), at('16:00'), false, 'after work'],
    [at('12:00'), at('15:59'), true, 'until the last minute'],
    [at('09:00', '2026-11-21'), at('12:00', '2026-11-21'), false, 'Saturday'],
    [at('09:00', '2026-11-22'), at('12:00', '2026-11-22'), false, 'Sunday'],
    [at('03:00'), at('07:59'), false, 'before work'],
  ];
  for (const [last, now, expected, reason] of cases) t.equal(isInactive(last, now, 60, TIME_ZONE), expected, reason);
});

t.test('working hours are those of the time zone', async (t) => {
  const last = Date.parse('2026-11-23T00:00:00Z');
  const now = Date.parse('2026-11-23T02:00:00Z');
  t.equal(isInactive(last, now, 60, 'Asia/Jakarta'), true, '09:00');
  t.equal(isInactive(last, now, 60, 'Europe/London'), false, '02:00');
});
