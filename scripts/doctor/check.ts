import type { Config } from '../../src/config/schema.ts';
import type { Events } from '../../src/events.ts';
import type { HttpClient } from '../../src/upstream/http-client.ts';
import type { RowStatus } from '../terminal-table.ts';

/** The result of a check: one row of the table. All texts are Indonesian. */
export interface Finding {
  status: RowStatus;
  /** Overrides the title of the check. */
  title?: string;
  text: string;
  /** How to repair it. */
  fix?: string;
}

/** The subjects of the checks: the table has one section for each. */
export type Group = 'Konfigurasi' | 'Supabase' | 'Gemini' | 'FONNTE' | 'Mesin' | 'Keamanan';

/** A check reads the variables that it needs as present, all others as optional. */
export interface Context<Name extends keyof Config = never> {
  config: Pick<Config, Name> & Partial<Config>;
  /** The problem of each missing or invalid variable, by its name. */
  problems: ReadonlyMap<string, string>;
  /** All variables as given. */
  given: Readonly<Record<string, string>>;
  /** Shared by all checks; closed when they have ended. */
  http: HttpClient;
  events: Events;
  /** Wall clock, ms since the epoch. */
  now: () => number;
  /** Aborts after MAX_REQUEST_MS. */
  signal: AbortSignal;
}

export interface Check {
  /** Names the check in the JSON output. */
  id: string;
  group: Group;
  title: string;
  /** Variables without which the check is skipped. */
  needs: readonly (keyof Config)[];
  run(context: Context<keyof Config>): Promise<Finding[]>;
}

/** Maximum time of one check, ms. */
export const MAX_CHECK_MS = 5_000;
/** Time limit for all requests of a check together, ms: shorter than the check, so that its other results are shown. */
export const MAX_REQUEST_MS = 4_500;

/** Types `run` by the variables in `needs`. */
export function defineCheck<const Name extends keyof Config = never>(check: {
  id: string;
  group: Group;
  title: string;
  needs: readonly Name[];
  run(context: Context<Name>): Promise<Finding[]> | Finding[];
}): Check {
  return { ...check, run: async (context) => check.run(context) };
}
