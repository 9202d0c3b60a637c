import type { Fault } from '../../sandbox/faults.ts';
import type { SupabaseProblem } from '../../src/supabase/problem.ts';

const rejection = (status: number, code: string, message: string): Fault => ({
  kind: 'status',
  status,
  body: { code, message, details: null, hint: null },
});

/** Rejections of Supabase that pass without a change of the request, by the word that health shows. */
export const PASSING_PROBLEMS: Record<SupabaseProblem, [Fault, ...Fault[]]> = {
  unauthorized: [
    rejection(401, 'PGRST301', 'No suitable key or wrong key type'),
    rejection(401, 'PGRST303', 'JWT issued at future'),
    // The gateway rejects a key without PostgREST's codes.
    { kind: 'status', status: 401, body: { message: 'Invalid API key' } },
    { kind: 'status', status: 403, body: { message: 'Forbidden' } },
  ],
  'schema-cache': [
    rejection(404, 'PGRST205', "Could not find the table 'public.activities' in the schema cache"),
    rejection(400, 'PGRST200', "Could not find a relationship between 'activities' and 'allocations'"),
  ],
};
