import type { Report, ReportRow, Sums } from '../reports/report.ts';
import { firstSegments, LEVELS, type Level } from '../reports/report-names.ts';
import { parseAccount } from './account-code.ts';
import { type Amounts, computeAmounts, sumAmounts } from './amounts.ts';
import { addCommitments, type Commitment, type Commitments } from './commitments.ts';
import { type BudgetMatches, type BudgetRanking, isWithinBounds, rankPage } from './ranking.ts';
import { filterRows } from './rows.ts';

/** A program, activity, KRO, RO, component or subcomponent: its code and the name of the code's last segment. */
export interface GroupRow extends Amounts {
  code: string;
  name: string | null;
}

interface Group extends Sums {
  code: string;
  commitment: Commitment;
}

/** Returns a ranked page of the groups of rows whose codes begin with the same segments, in the order of their codes. */
export function searchGroups(
  report: Report,
  commitments: Commitments,
  filter: BudgetRanking & { account?: string; level: Level },
): BudgetMatches<GroupRow> {
  const segments = LEVELS.indexOf(filter.level) + 1;
  const groups = groupBySegments(filterRows(report, { account: filter.account }), segments, commitments, filter);
  const matches = groups.filter((group) => isWithinBounds(group, filter));
  const { page, ranked } = rankPage(matches, filter);
  return {
    count: matches.length,
    totals: computeAmounts(sumAmounts(matches), addCommitments(matches.map(({ commitment }) => commitment))),
    ranked,
    page: page.map((group) => ({
      code: group.code,
      name: report.names.get(group.code.slice(group.code.lastIndexOf('.') + 1)) ?? null,
      ...computeAmounts(group, group.commitment),
    })),
  };
}

/** Adds up rows, and the allocations of the account, by the first segments of their codes. */
function groupBySegments(
  rows: readonly ReportRow[],
  segments: number,
  { byKode }: Commitments,
  { account = '' }: { account?: string },
): Group[] {
  const charges = Map.groupBy(
    [...byKode].filter(([kode]) => parseAccount(kode).startsWith(account)),
    ([kode]) => firstSegments(kode, segments),
  );
  return [...Map.groupBy(rows, ({ kode }) => firstSegments(kode, segments))]
    .map(([code, members]) => {
      const commitments = (charges.get(code) ?? []).flatMap(([, byText]) => [...byText.values()]);
      return { code, ...sumAmounts(members), commitment: addCommitments(commitments) };
    })
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}
