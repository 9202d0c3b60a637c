/** A state of the Supabase project that passes without a change of the request. Health shows it. */
export type SupabaseProblem =
  /** The key is rejected: it is being rotated, or the clock that checks its expiry is off. */
  | 'unauthorized'
  /** PostgREST does not know a table or a relationship yet: it loads its schema cache again after a migration. */
  | 'schema-cache';

const SCHEMA_CACHE_CODES = ['PGRST200', 'PGRST205'];

/** Classifies a rejection by HTTP status and PostgREST's code. @returns null for a rejection of the request itself */
export function classifyProblem(status: number, code: string | undefined): SupabaseProblem | null {
  if (status === 401 || status === 403) return 'unauthorized';
  return code !== undefined && SCHEMA_CACHE_CODES.includes(code) ? 'schema-cache' : null;
}

/** Remembers the last problem until a request shows that it is over. */
export function createProblemTracker(): {
  /** Records the result of a request; `problem` is null when the request succeeded. */
  record(operation: string, problem: SupabaseProblem | null): void;
  current(): SupabaseProblem | null;
} {
  let last: { operation: string; problem: SupabaseProblem } | null = null;
  return {
    record(operation, problem) {
      if (problem) last = { operation, problem };
      // Any success proves the key; only the same operation proves that its tables are known.
      else if (last?.problem === 'unauthorized' || last?.operation === operation) last = null;
    },
    current: () => last?.problem ?? null,
  };
}
