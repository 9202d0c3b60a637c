import fc from 'fast-check';
import t from 'tap';
import {
  addDays,
  addMonths,
  dayAt,
  daysOfMonth,
  daysOfPeriod,
  indonesianDate,
  indonesianMonth,
  PERIODS,
  parseDay,
  parseMonth,
  weekOf,
} from '../../../src/supabase/calendar.ts';

const JAKARTA = 'Asia/Jakarta';

t.test('days, weeks, months and years change at midnight in Jakarta, not in London', async (t) => {
  // Jakarta is 7 hours ahead: its midnight is 17:00 UTC of the day before.
  const borders: [string, string, string][] = [
    ['2026-11-24', '2026-11-24T16:59:59.999Z', '2026-11-24T17:00:00.000Z'],
    ['2026-11-29', '2026-11-29T16:59:59.999Z', '2026-11-29T17:00:00.000Z'],
    ['2026-11-30', '2026-11-30T16:59:59.999Z', '2026-11-30T17:00:00.000Z'],
    ['2026-12-31', '2026-12-31T16:59:59.999Z', '2026-12-31T17:00:00.000Z'],
    ['2028-02-28', '2028-02-28T16:59:59.999Z', '2028-02-28T17:00:00.000Z'],
  ];
  for (const [day, before, after] of borders) {
    t.equal(dayAt(Date.parse(before), JAKARTA), day);
    t.equal(dayAt(Date.parse(after), JAKARTA), addDays(day, 1));
  }
  const sunday = dayAt(Date.parse('2026-11-29T16:59:59Z'), JAKARTA);
  const monday = dayAt(Date.parse('2026-11-29T17:00:00Z'), JAKARTA);
  t.same(daysOfPeriod('this_week', sunday), { from: '2026-11-23', to: '2026-11-29' });
  t.same(daysOfPeriod('this_week', monday), { from: '2026-11-30', to: '2026-12-06' });
  const oldYear = dayAt(Date.parse('2026-12-31T16:59:59Z'), JAKARTA);
  const newYear = dayAt(Date.parse('2026-12-31T17:00:00Z'), JAKARTA);
  t.same(daysOfPeriod('this_year', oldYear), { from: '2026-01-01', to: '2026-12-31' });
  t.same(daysOfPeriod('this_year', newYear), { from: '2027-01-01', to: '2027-12-31' });
  t.same(daysOfPeriod('last_month', newYear), { from: '2026-12-01', to: '2026-12-31' });
  t.equal(dayAt(Date.parse('2026-12-31T15:30:00Z'), 'Asia/Jayapura'), '2027-01-01', 'another timezone, another day');
});

t.test('dayAt is correct for any sequence of instants and timezones', async (t) => {
  // In St. John's the clocks went back at one minute past midnight: to the day before.
  const ST_JOHNS = 'America/St_Johns';
  const asked: [string, string, string][] = [
    ['2026-11-24T16:59:59.000Z', JAKARTA, '2026-11-24'],
    ['2026-11-24T16:59:59.999Z', JAKARTA, '2026-11-24'],
    ['2026-11-24T16:59:59.999Z', 'UTC', '2026-11-24'],
    ['2026-11-24T17:00:00.000Z', JAKARTA, '2026-11-25'],
    ['2026-11-24T16:59:59.999Z', JAKARTA, '2026-11-24'],
    ['2006-10-29T02:29:59.999Z', ST_JOHNS, '2006-10-28'],
    ['2006-10-29T02:30:00.000Z', ST_JOHNS, '2006-10-29'],
    ['2006-10-29T02:30:59.999Z', ST_JOHNS, '2006-10-29'],
    ['2006-10-29T02:31:00.000Z', ST_JOHNS, '2006-10-28'],
    ['2006-10-29T03:30:00.000Z', ST_JOHNS, '2006-10-29'],
    ['1969-12-31T23:59:59.999Z', 'UTC', '1969-12-31'],
    ['1970-01-01T00:00:00.000Z', 'UTC', '1970-01-01'],
  ];
  for (const [instant, timezone, day] of asked) {
    t.equal(dayAt(Date.parse(instant), timezone), day, `${instant} in ${timezone}`);
    t.equal(dayAt(Date.parse(instant), timezone), day, 'and again');
  }
  t.throws(() => dayAt(Number.NaN, JAKARTA), RangeError);
  t.throws(() => dayAt(0, 'Asia/Tidak_Ada'), RangeError);
});

t.test('daysOfPeriod returns the days of every named period', async (t) => {
  const today = '2026-11-24';
  const days = Object.fromEntries(
    PERIODS.map((period) => [period, Object.values(daysOfPeriod(period, today)).join(' ')]),
  );
  t.same(days, {
    yesterday: '2026-11-23 2026-11-23',
    today: '2026-11-24 2026-11-24',
    tomorrow: '2026-11-25 2026-11-25',
    last_week: '2026-11-16 2026-11-22',
    this_week: '2026-11-23 2026-11-29',
    next_week: '2026-11-30 2026-12-06',
    last_month: '2026-10-01 2026-10-31',
    this_month: '2026-11-01 2026-11-30',
    next_month: '2026-12-01 2026-12-31',
    this_year: '2026-01-01 2026-12-31',
  });
  for (const day of ['2026-11-23', '2026-11-29']) {
    t.same(daysOfPeriod('last_week', day), { from: '2026-11-16', to: '2026-11-22' }, `last week, seen from ${day}`);
    t.same(daysOfPeriod('next_week', day), { from: '2026-11-30', to: '2026-12-06' }, `next week, seen from ${day}`);
  }
  t.same(daysOfPeriod('last_month', '2026-03-31'), { from: '2026-02-01', to: '2026-02-28' });
  t.same(daysOfPeriod('next_month', '2026-12-31'), { from: '2027-01-01', to: '2027-01-31' });
});

const anyDay = fc
  .integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2099, 11, 31) })
  .map((instant) => new Date(instant).toISOString().slice(0, 10));

t.test('a week begins on Monday and contains its day; consecutive weeks have no gap', async () => {
  fc.assert(
    fc.property(anyDay, (day) => {
      const { from, to } = weekOf(day);
      const next = weekOf(addDays(day, 7));
      return (
        new Date(from).getUTCDay() === 1 &&
        from <= day &&
        day <= to &&
        addDays(from, 6) === to &&
        addDays(to, 1) === next.from
      );
    }),
  );
});

t.test('consecutive months have no gap', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -40, max: 40 }), (day, months) => {
      const month = addMonths(day.slice(0, 7), months);
      const { from, to } = daysOfMonth(month);
      return from === `${month}-01` && addDays(to, 1) === `${addMonths(month, 1)}-01`;
    }),
  );
});

t.test('dates and months are written in Indonesian', async (t) => {
  t.equal(indonesianDate('2026-11-24'), 'Selasa, 24 November 2026');
  t.equal(indonesianDate('2027-01-01'), 'Jumat, 1 Januari 2027');
  t.equal(indonesianMonth('2026-08'), 'Agustus 2026');
});

t.test('parseDay accepts the notations of databases, people and models', async (t) => {
  const understood: [string, string][] = [
    ['2026-11-24', '2026-11-24'],
    ['2026-11-4', '2026-11-04'],
    ['2026/11/24', '2026-11-24'],
    ['24/11/2026', '2026-11-24'],
    ['4-11-2026', '2026-11-04'],
    ['24 November 2026', '2026-11-24'],
    ['24 nov 2026', '2026-11-24'],
    ['2026-11-24T00:00:00', '2026-11-24'],
    ['2026-11-24T00:00:00+00:00', '2026-11-24'],
    ['2026-11-24 00:00:00+00', '2026-11-24'],
    ['2026-11-24T20:00:00Z', '2026-11-25'],
    ['2026-11-24 20:00:00+00', '2026-11-25'],
    ['2026-11-24T09:30:00', '2026-11-24'],
    ['2028-02-29', '2028-02-29'],
  ];
  for (const [given, day] of understood) t.equal(parseDay(given, JAKARTA), day, given);
  for (const given of [
    '2026-02-29',
    '2026-13-01',
    '2026-11-31',
    '31/11/2026',
    '0000-00-00',
    'besok',
    '',
    '2026',
    '24 Foo 2026',
    '2026-11-24T25:99:00Z',
    '2026-11-24Tx',
    20261124,
    null,
  ]) {
    t.equal(parseDay(given, JAKARTA), undefined, String(given));
  }
});

t.test('parseMonth accepts the notations of databases, people and models', async (t) => {
  for (const given of [
    '2026-09',
    '2026-9',
    '2026/09',
    '2026-09-30',
    '09/2026',
    '9-2026',
    'September 2026',
    'sep 2026',
    'SEPT 2026',
  ]) {
    t.equal(parseMonth(given), '2026-09', given);
  }
  t.equal(parseMonth('Agt 2026'), '2026-08');
  t.equal(parseMonth('Nop 2026'), '2026-11');
  for (const given of ['2026-13', '2026-00', 'bulan lalu', '', '2026', 'ma 2026', 9, null])
    t.equal(parseMonth(given), undefined, String(given));
});
