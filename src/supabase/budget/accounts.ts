import type { Report, ReportRow, Sums } from '../reports/report.ts';
import { type Amounts, computeAmounts, sumAmounts } from './amounts.ts';
import { addCommitments, type Commitment, type Commitments } from './commitments.ts';
import { type BudgetMatches, type BudgetRanking, isWithinBounds, rankPage } from './ranking.ts';
import { filterRows } from './rows.ts';

/** An account, or a group of accounts that share their first digits, with its amounts. */
export interface AccountRow extends Amounts {
  account: string;
  name: string | null;
}

interface AccountGroup extends Sums {
  account: string;
  commitment: Commitment;
}

/** Returns a ranked page of the accounts whose number begins with `account`, or of their groups by the first `digits`. */
export function searchAccounts(
  report: Report,
  commitments: Commitments,
  filter: BudgetRanking & { account?: string; digits?: number },
): BudgetMatches<AccountRow> {
  const { account, digits = 6 } = filter;
  const groups = groupByAccount(filterRows(report, { account }), commitments, digits);
  const matches = groups.filter((group) => isWithinBounds(group, filter));
  const { page, ranked } = rankPage(matches, filter);
  return {
    count: matches.length,
    totals: computeAmounts(sumAmounts(matches), addCommitments(matches.map(({ commitment }) => commitment))),
    ranked,
    page: page.map((group) => ({
      account: group.account,
      name: report.names.get(group.account) ?? null,
      ...computeAmounts(group, group.commitment),
    })),
  };
}

/** Adds up rows by account, or by its first digits if there are fewer than 6; sorted by number. */
function groupByAccount(rows: readonly ReportRow[], { byAccount }: Commitments, digits: number): AccountGroup[] {
  const groups = Map.groupBy(rows, ({ account }) => (digits < 6 ? account.slice(0, digits) : account));
  return [...groups]
    .map(([account, members]) => {
      const accounts = new Set(members.map((row) => row.account));
      const commitments = [...accounts].map((member) => byAccount.get(member)).filter((found) => found !== undefined);
      return { account, ...sumAmounts(members), commitment: addCommitments(commitments) };
    })
    .sort((a, b) => (a.account < b.account ? -1 : 1));
}
