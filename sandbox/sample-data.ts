import { sampleActivities } from './sample-activities.ts';
import { addDays, type Day, dayAt, instantOf, sampleId } from './sample-days.ts';
import { sampleReports } from './sample-reports.ts';
import type { Tables } from './sapa-schema.ts';

/** The ids of the sample users, named after their use in tests. */
export const SAMPLE_USERS = {
  /** Much data: 6281200000001; twelve monthly Akrual reports, a SP2D report, many activities. */
  stocked: sampleId('user', 1),
  /** Much data: 6281200000002; three reports, many activities. */
  second: sampleId('user', 2),
  /** Linked but not approved: 6281200000003. */
  notApproved: sampleId('user', 3),
  /** Stored as `+62 812-0000-0004`; two reports of the same date. */
  twoReports: sampleId('user', 4),
  /** Stored as `081200000005`; no reports and no activities. */
  empty: sampleId('user', 5),
  /** Admin: 6281200000006; one report without type and date, two activities. */
  admin: sampleId('user', 6),
} as const;

/** Builds SAPA's tables with invented content around the date of `now` in `timezone`. Deterministic per day. */
export function sampleData(now: Date, timezone = 'Asia/Jakarta'): Tables {
  const today = dayAt(now, timezone);
  const reports = sampleReports(today);
  return { users: sampleUsers(today), ...sampleActivities(today, reports.current), processed_results: reports.rows };
}

function sampleUsers(today: Day): Tables['users'] {
  const people: [name: string, unit: string | null, phone: string, role: string, isApproved: boolean][] = [
    ['Siti Rahmawati', 'Biro Perencanaan dan Kerja Sama', '6281200000001', 'user', true],
    ['Bagas Prakoso', 'Deputi Bidang Perkoperasian', '6281200000002', 'user', true],
    ['Ratna Puspitasari', 'Biro Umum dan Keuangan', '6281200000003', 'user', false],
    ['Yohanes Tandi', 'Deputi Bidang Kewirausahaan', '+62 812-0000-0004', 'viewer', true],
    ['Nurul Hidayah', null, '081200000005', 'user', true],
    ['Made Wirawan', 'Sekretariat Kementerian', '6281200000006', 'admin', true],
  ];
  return people.map(([name, unit, phone_number, role, is_approved], index) => ({
    id: sampleId('user', index + 1),
    name,
    role,
    unit,
    is_approved,
    phone_number,
    email: `${name.toLowerCase().replaceAll(' ', '.')}@contoh.invalid`,
    created_at: instantOf(addDays(today, -400 + index), 9),
  }));
}
