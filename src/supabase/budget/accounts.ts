import { AMOUNTS, type Sums, zeroSums } from '../reports/columns.ts';
import type { ParsedReport } from '../reports/parsed-report.ts';
import { type Commitment, type Commitments, zeroCommitment } from './commitments.ts';
import { type Amounts, amountsOf, type BudgetMatches, type BudgetRanking, boundsOf, rankedPage } from './ranking.ts';

/** An account, or a group of accounts that share their first digits, with its amounts. */
export interface AccountRow extends Amounts {
  account: string;
  name: string | null;
}

interface AccountGroup {
  account: string;
  name: string | null;
  sums: Sums;
  commitment: Commitment;
}

/** Returns a ranked page of the accounts whose number begins with `account`, or of their groups by the first `digits`. */
export function searchAccounts(
  report: ParsedReport,
  commitments: Commitments,
  filter: BudgetRanking & { account?: string; digits?: number },
): BudgetMatches<AccountRow> {
  const isInBounds = boundsOf(filter);
  const matches = groupAccounts(report, commitments, filter.account ?? '', filter.digits ?? 6).filter(
    ({ sums }) => !isInBounds || isInBounds(sums.pagu, sums.realisasi),
  );
  const { page, ranked } = rankedPage(
    Uint32Array.from(matches.keys()),
    Float64Array.from(matches, ({ sums }) => sums.pagu),
    Float64Array.from(matches, ({ sums }) => sums.realisasi),
    filter,
  );
  const all = { sums: zeroSums(), commitment: zeroCommitment() };
  for (const group of matches) addTo(all, group.sums, group.commitment);
  return {
    count: matches.length,
    totals: amountsOf(all.sums, all.commitment),
    ranked,
    page: page.map((position) => {
      const { account, name, sums, commitment } = matches[position]!;
      return { account, name, ...amountsOf(sums, commitment) };
    }),
  };
}

/** Adds up the accounts by group; sorted by number. */
function groupAccounts(report: ParsedReport, commitments: Commitments, prefix: string, digits: number): AccountGroup[] {
  const groups = new Map<string, AccountGroup>();
  for (const row of report.accounts) {
    if (!row.account.startsWith(prefix)) continue;
    const account = digits < 6 ? row.account.slice(0, digits) : row.account;
    const group = groups.get(account) ?? createGroup(account, report.names.get(account) ?? null);
    groups.set(account, group);
    addTo(group, row, commitments.byAccount.get(row.account) ?? zeroCommitment());
  }
  return [...groups.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
}

function createGroup(account: string, name: string | null): AccountGroup {
  return { account, name, sums: zeroSums(), commitment: zeroCommitment() };
}

function addTo(group: { sums: Sums; commitment: Commitment }, sums: Sums, commitment: Commitment): void {
  for (const name of AMOUNTS) group.sums[name] += sums[name];
  group.commitment.outstanding += commitment.outstanding;
  group.commitment.komitmen += commitment.komitmen;
}
