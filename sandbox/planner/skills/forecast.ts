import type { Conversation } from '../conversation.ts';
import { ask, askAll, type Plan, type Skill, toCall } from '../plan.ts';
import type { AccountPage, ActivityPage, Amounts, Calculation, ReportRef, Summary } from '../results.ts';
import type { Query } from '../slots.ts';
import { blocks, MEASURE_NAMES, percent, percentagePoints, rupiah, sourceLines } from '../wording.ts';
import { reportArguments } from './budget.ts';

/** The figures that a forecast starts from: of one account, or of the whole report. */
interface Basis {
  report: ReportRef;
  notes?: string[];
  amounts: Amounts;
  subject: string;
  /** Elapsed months at the date of the report; 0 if it has no date. */
  month: number;
}

function* fetchBasis(
  query: Query,
  conversation: Conversation,
): Generator<ReturnType<typeof toCall>[], Basis, unknown[]> {
  const [account] = query.accounts;
  const args = reportArguments({ ...query, months: [] }, conversation);
  const source = account
    ? yield* ask<AccountPage>('budget_by_account', { account, ...args })
    : yield* ask<Summary>('budget_summary', args);
  const amounts = 'totals' in source ? source.totals : source;
  const month = Number(source.report.date?.slice(5, 7) ?? 0);
  return { ...source, amounts, month, subject: account ? ` akun ${account}` : '' };
}

function* calculate(operation: string, ...operands: number[]) {
  return (yield* ask<Calculation>('calculate', { operation, operands })).result;
}

function* planProjection(query: Query, conversation: Conversation): Plan {
  const basis = yield* fetchBasis(query, conversation);
  const { amounts, month, subject } = basis;
  if (month === 0 || amounts.pagu === 0) {
    return blocks(
      'Laporan terbaru tidak bertanggal atau tanpa pagu, jadi akhir tahun belum dapat diperkirakan.',
      sourceLines(basis),
    );
  }
  const projected = yield* calculate('project_linear', amounts.realisasi, month, 12);
  const share = yield* calculate('ratio_percent', projected, amounts.pagu);
  const { percent: target } = query;
  return blocks(
    `Dengan laju yang sama, serapan${subject} pada akhir tahun diperkirakan **${percent(share)}**, yaitu ${rupiah(Math.round(projected))} dari pagu ${rupiah(amounts.pagu)}.`,
    target !== null &&
      `Target ${percent(target)} **${share >= target ? 'tercapai' : 'belum tercapai'}** menurut perkiraan ini.`,
    `Saat ini realisasinya ${rupiah(amounts.realisasi)} (${percent(amounts.serapan_persen)}).`,
    sourceLines(basis),
  );
}

/**
 * The amount that realization has to reach is computed from `project_linear`: realization ÷ absorption × target, because
 * `calculate` has no multiplication.
 */
function* planNeededPerMonth(query: Query, conversation: Conversation): Plan {
  const basis = yield* fetchBasis(query, conversation);
  const { amounts, month, subject } = basis;
  const { serapan_persen: share } = amounts;
  const target = query.percent ?? 100;
  if (month === 0 || !share) return blocks('Laporan terbaru belum cukup untuk menghitungnya.', sourceLines(basis));
  if (share >= target)
    return blocks(
      `Serapan${subject} sudah ${percent(share)}, jadi target ${percent(target)} sudah tercapai.`,
      sourceLines(basis),
    );
  const points = yield* calculate('difference', target, share);
  const wanted = yield* calculate('project_linear', amounts.realisasi, share, target);
  const gap = yield* calculate('difference', wanted, amounts.realisasi);
  const monthsLeft = 12 - month;
  const perMonth = monthsLeft > 1 ? yield* calculate('divide', gap, monthsLeft) : gap;
  return blocks(
    `Untuk mencapai ${percent(target)}, serapan${subject} perlu naik ${percentagePoints(points)}, yaitu sekitar **${rupiah(Math.round(gap))}**.`,
    monthsLeft > 1
      ? `Dalam ${monthsLeft} bulan yang tersisa berarti sekitar **${rupiah(Math.round(perMonth))}** per bulan.`
      : 'Jumlah itu harus terealisasi sebelum akhir tahun.',
    sourceLines(basis),
  );
}

/** Answers whether an account is sufficient for all activities in status Rencana. */
function* planSufficiency(query: Query, conversation: Conversation): Plan {
  const basis = yield* fetchBasis(query, conversation);
  const planned = yield* ask<ActivityPage>('search_activities', { status: 'Rencana', limit: 50 });
  const [account = ''] = query.accounts;
  const charges = planned.activities.flatMap(({ allocations }) =>
    allocations.filter(({ kode }) => accountOf(kode).startsWith(account)).map(({ jumlah }) => jumlah),
  );
  const { amounts, subject } = basis;
  const needed = charges.length > 0 ? yield* calculate('sum', ...charges.slice(0, 50)) : 0;
  const left =
    needed > 0 ? yield* calculate('difference', amounts.sisa_setelah_komitmen, needed) : amounts.sisa_setelah_komitmen;
  return blocks(
    left >= 0
      ? `**Cukup.** Jika semua kegiatan berjalan, anggaran${subject} masih tersisa **${rupiah(left)}**.`
      : `**Tidak cukup.** Jika semua kegiatan berjalan, anggaran${subject} kurang **${rupiah(Math.abs(left))}**.`,
    [
      `- Sisa sekarang: ${rupiah(amounts.sisa)}`,
      `- Outstanding: ${rupiah(amounts.outstanding)}`,
      `- Komitmen: ${rupiah(amounts.komitmen)}`,
      `- Sisa setelah komitmen: ${rupiah(amounts.sisa_setelah_komitmen)}`,
      ...(needed > 0 ? [`- Alokasi kegiatan berstatus Rencana: ${rupiah(needed)}`] : []),
    ].join('\n'),
    sourceLines(basis),
  );
}

/** The account of a code: segment 7, or the last segment of six digits. */
function accountOf(code: string): string {
  const segments = code.split('.');
  const seventh = segments[6] ?? '';
  return /^\d{6}$/.test(seventh)
    ? seventh
    : (segments.slice(0, -1).findLast((segment) => /^\d{6}$/.test(segment)) ?? '');
}

function* planShare(query: Query, conversation: Conversation): Plan {
  const args = reportArguments(query, conversation);
  const [account = ''] = query.accounts;
  const [page, summary] = (yield* askAll<unknown>([
    toCall('budget_by_account', { account, ...args }),
    toCall('budget_summary', args),
  ])) as [AccountPage, Summary];
  const measure = query.measure === null || query.measure === 'serapan_persen' ? 'pagu' : query.measure;
  const share = yield* calculate('ratio_percent', page.totals[measure], summary[measure]);
  return blocks(
    `Bagian akun ${account} adalah **${percent(share)}** dari ${MEASURE_NAMES[measure]} seluruhnya: ${rupiah(page.totals[measure])} dari ${rupiah(summary[measure])}.`,
    sourceLines(summary),
  );
}

/** Forecasts and shares, which need calculations. */
export const FORECAST_SKILLS: readonly Skill[] = [
  { name: 'needed-per-month', fits: ({ goal }) => goal === 'needed-per-month', plan: planNeededPerMonth },
  { name: 'projection', fits: ({ goal }) => goal === 'projection', plan: planProjection },
  { name: 'sufficiency', fits: ({ goal }) => goal === 'sufficiency', plan: planSufficiency },
  { name: 'share', fits: ({ goal }) => goal === 'share', plan: planShare },
];
