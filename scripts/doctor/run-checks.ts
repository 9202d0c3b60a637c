import type { Config } from '../../src/config/schema.ts';
import type { TableRow } from '../terminal-table.ts';
import { type Check, type Context, type Finding, MAX_CHECK_MS, MAX_REQUEST_MS } from './check.ts';
import { describeFailure } from './describe-failure.ts';

/** A finding with the check that it belongs to. */
export interface Row extends TableRow {
  id: string;
}

/** The context without the time limit, which belongs to one check; invalid variables are missing in `config`. */
export type Installation = Omit<Context, 'signal'>;

/** Runs all checks at the same time, each for at most MAX_CHECK_MS. @returns their rows in the order of `checks` */
export async function runChecks(checks: readonly Check[], installation: Installation): Promise<Row[]> {
  const rows = checks.map(async ({ id, group, title, ...check }) => {
    const findings = await runCheck({ id, group, title, ...check }, installation);
    return findings.map((finding) => ({
      id,
      group,
      status: finding.status,
      title: finding.title ?? title,
      text: finding.text,
      fix: finding.fix ?? null,
    }));
  });
  return (await Promise.all(rows)).flat();
}

async function runCheck(check: Check, installation: Installation): Promise<Finding[]> {
  const missing = check.needs.filter((name) => installation.config[name] === undefined);
  if (missing.length > 0) return [{ status: 'skipped', text: `Perbaiki dahulu ${missing.join(', ')}.` }];
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    timeout.reject,
    MAX_CHECK_MS,
    new DOMException('the time of the check is over', 'TimeoutError'),
  );
  // `needs` has been checked: these variables are present.
  const config = installation.config as Config;
  const context = { ...installation, config, signal: AbortSignal.timeout(MAX_REQUEST_MS) };
  try {
    return await Promise.race([check.run(context), timeout.promise]);
  } catch (error) {
    return [{ status: 'error', ...describeFailure(error) }];
  } finally {
    clearTimeout(timer);
  }
}
