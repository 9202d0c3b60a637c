import t from 'tap';
import { isInactive } from '../../../src/alerts/inactivity.ts';

const ZONE = 'Asia/Jakarta';
/** 2026-11-23 is a Monday. */
const at = (clock: string, day = '2026-11-23') => Date.parse(`${day}T${clock}:00+07:00`);

t.test('silence is time without a message in working hours', async (t) => {
  const cases: [last: number, now: number, quiet: boolean, why: string][] = [
    [at('09:00'), at('10:00'), true, 'an hour of a working day'],
    [at('09:01'), at('10:00'), false, 'not quite an hour'],
    [at('17:00', '2026-11-22'), at('08:30'), false, 'the night does not count'],
    [at('17:00', '2026-11-22'), at('09:00'), true, 'an hour since work began'],
    [at('12:00'), at('16:00'), false, 'after work nobody is missed'],
    [at('12:00'), at('15:59'), true, 'to the last minute'],
    [at('09:00', '2026-11-21'), at('12:00', '2026-11-21'), false, 'Saturday'],
    [at('09:00', '2026-11-22'), at('12:00', '2026-11-22'), false, 'Sunday'],
    [at('03:00'), at('07:59'), false, 'before work'],
  ];
  for (const [last, now, quiet, why] of cases) t.equal(isInactive(last, now, 60, ZONE), quiet, why);
});

t.test('working hours are those of the time zone', async (t) => {
  const last = Date.parse('2026-11-23T00:00:00Z');
  const now = Date.parse('2026-11-23T02:00:00Z');
  t.equal(isInactive(last, now, 60, 'Asia/Jakarta'), true, '09:00');
  t.equal(isInactive(last, now, 60, 'Europe/London'), false, '02:00');
});
