import type { Check } from './check.ts';
import { clock } from './checks/clock.ts';
import { database } from './checks/database.ts';
import { disk } from './checks/disk.ts';
import { fonnte } from './checks/fonnte.ts';
import { gemini } from './checks/gemini.ts';
import { secrets } from './checks/secrets.ts';
import { createSendCheck } from './checks/send.ts';
import { service } from './checks/service.ts';
import { supabaseConnection, supabaseKey } from './checks/supabase-connection.ts';
import { allocationIndex, maxRows, supabaseColumns } from './checks/supabase-schema.ts';
import { tunnel } from './checks/tunnel.ts';
import { users } from './checks/users.ts';
import { leftovers, variables } from './checks/variables.ts';

/** All checks in the order of the table. */
const CHECKS: readonly Check[] = [
  variables,
  leftovers,
  supabaseConnection,
  supabaseKey,
  supabaseColumns,
  users,
  maxRows,
  allocationIndex,
  gemini,
  fonnte,
  clock,
  disk,
  database,
  service,
  secrets,
  tunnel,
];

/** The checks of one run; `sendTo` (digits, international) adds a test message. */
export function selectChecks(sendTo: string | null): readonly Check[] {
  if (sendTo === null) return CHECKS;
  const afterFonnte = CHECKS.indexOf(fonnte) + 1;
  return CHECKS.toSpliced(afterFonnte, 0, createSendCheck(sendTo));
}
