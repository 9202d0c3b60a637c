import type { Static } from 'typebox';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { FULL_WIDTH_OFFSET, MAX_PHONE_LENGTH, normalizePhone } from '../phone.ts';
import type { ResponsePage, SupabaseReader } from './client.ts';
import { readId } from './paging.ts';

const UserRow = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.Union([Type.String(), Type.Null()]),
  unit: Type.Union([Type.String(), Type.Null()]),
  is_approved: Type.Union([Type.Boolean(), Type.Null()]),
  phone_number: Type.String(),
  created_at: Type.Union([Type.String(), Type.Null()]),
});
const userRowValidator = Compile(UserRow);

/** A SAPA account, approved or not. */
export type UserRow = Static<typeof UserRow>;

/** Maximum rows of one request. Supabase's «Max Rows», which a project can lower, applies too. */
const PAGE_ROWS = 1_000;
/** Maximum requests for one number. Only a column with forged numbers needs more. */
const MAX_PAGES = 10;
/** Pattern of texts that are longer than any phone number. */
const TOO_LONG_PATTERN = `${'_'.repeat(MAX_PHONE_LENGTH + 1)}*`;

/**
 * Reads all accounts whose `phone_number` is this sender's, in any notation. The pattern also matches other numbers:
 * reads every page and compares the numbers in code, so that loose matches cannot hide an account.
 * @returns `isComplete` false when MAX_PAGES were not enough; `rows` then still has the accounts with a usual notation
 * @throws UpstreamRejectedError, UpstreamCallError, CircuitOpenError
 */
export async function readUserRows(
  reader: Pick<SupabaseReader, 'read'>,
  sender: string,
): Promise<{ rows: UserRow[]; isComplete: boolean }> {
  const matches = new Map<string, UserRow>();
  const addMatches = (rows: unknown[]) => {
    for (const row of rows.filter((candidate) => userRowValidator.Check(candidate))) {
      if (normalizePhone(row.phone_number) === sender) matches.set(row.id, row);
    }
  };

  let lastId: string | number | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { rows, count } = await readPage(reader, sender, lastId);
    addMatches(rows);
    if (rows.length === 0 || rows.length === count) return { rows: [...matches.values()], isComplete: true };
    lastId = readId(rows.at(-1));
    if (lastId === undefined) break;
  }
  addMatches((await readAccountsInUsualForms(reader, sender)).rows);
  return { rows: [...matches.values()], isComplete: false };
}

/** The columns of `users` that the service reads. */
export const USER_COLUMNS = 'id,name,unit,is_approved,phone_number,created_at';

function readPage(
  reader: Pick<SupabaseReader, 'read'>,
  sender: string,
  lastId: string | number | undefined,
): Promise<ResponsePage> {
  return reader.read('users', (client) => {
    const page = client
      .from('users')
      .select(USER_COLUMNS, { count: 'exact' })
      .or(buildPatterns(sender))
      .not('phone_number', 'like', TOO_LONG_PATTERN)
      .order('id')
      .limit(PAGE_ROWS);
    return lastId === undefined ? page : page.gt('id', lastId);
  });
}

/** Reads the accounts whose number has no separators; approved ones first, because they decide the identity. */
function readAccountsInUsualForms(reader: Pick<SupabaseReader, 'read'>, sender: string): Promise<ResponsePage> {
  return reader.read('users', (client) =>
    client
      .from('users')
      .select(USER_COLUMNS)
      .in('phone_number', buildUsualForms(sender))
      .order('is_approved', { ascending: false, nullsFirst: false })
      .limit(PAGE_ROWS),
  );
}

function buildUsualForms(sender: string): string[] {
  const national = sender.startsWith('62') ? [`0${sender.slice(2)}`, sender.slice(2)] : [];
  return [sender, `+${sender}`, ...national];
}

/** Filters that match every notation: the digits in order, ASCII or full-width, with any characters between them. */
function buildPatterns(sender: string): string {
  const digits = [...(sender.startsWith('62') ? sender.slice(2) : sender)];
  const fullWidth = digits.map((digit) => String.fromCharCode(digit.charCodeAt(0) + FULL_WIDTH_OFFSET));
  return [digits, fullWidth].map((form) => `phone_number.like.*${form.join('*')}*`).join(',');
}
