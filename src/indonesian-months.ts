/** Names of the months, January first, as users read them. */
export const MONTH_NAMES = [
  'Januari',
  'Februari',
  'Maret',
  'April',
  'Mei',
  'Juni',
  'Juli',
  'Agustus',
  'September',
  'Oktober',
  'November',
  'Desember',
] as const;

/** Every usual spelling of a month in lower case (Indonesian, English, short forms), with its number from 1 to 12. */
export const MONTH_NUMBERS: ReadonlyMap<string, number> = new Map(
  [
    'jan januari january',
    'feb februari pebruari february',
    'mar maret march',
    'apr april',
    'mei may',
    'jun juni june',
    'jul juli july',
    'agu agt ags agust agustus aug august',
    'sep sept september',
    'okt oct oktober october',
    'nov nop november nopember',
    'des dec desember december',
  ].flatMap((names, index) => names.split(' ').map((name) => [name, index + 1] as const)),
);
