import type { Static } from 'typebox';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { normalizePhone } from '../phone.ts';
import type { SupabaseReader } from './client.ts';

const UserRow = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.Union([Type.String(), Type.Null()]),
  unit: Type.Union([Type.String(), Type.Null()]),
  is_approved: Type.Union([Type.Boolean(), Type.Null()]),
  phone_number: Type.String(),
  created_at: Type.Union([Type.String(), Type.Null()]),
});
const userRowValidator = Compile(UserRow);

/** An account of SAPA, approved or not. */
export type UserRow = Static<typeof UserRow>;

/** Rows of one request; Supabase returns at most its «Max Rows», which a project can lower. */
const PAGE_ROWS = 1_000;
/** A page with fewer rows is the last: no sensible «Max Rows» is lower. */
const MIN_FULL_PAGE = 10;
/** Requests for one number. Only a column that was filled on purpose needs more. */
const MAX_PAGES = 10;
/** Excludes texts that are longer than any phone number (MAX_PHONE_LENGTH). */
const TOO_LONG = `${'_'.repeat(65)}*`;

/**
 * Reads all accounts whose `phone_number` is this sender's, in whatever notation. The pattern also matches other numbers,
 * so every page is read and compared in code: no number of loose matches hides an account.
 * @returns `isComplete` false when MAX_PAGES were not enough; then `rows` still holds the accounts with a usual notation
 * @throws UpstreamRefusal, UpstreamFailure, UpstreamOpen
 */
export async function readUserRows(
  reader: Pick<SupabaseReader, 'read'>,
  sender: string,
): Promise<{ rows: UserRow[]; isComplete: boolean }> {
  const found = new Map<string, UserRow>();
  const keepMatches = (rows: unknown[]) => {
    for (const row of rows.filter((candidate) => userRowValidator.Check(candidate))) {
      if (normalizePhone(row.phone_number) === sender) found.set(row.id, row);
    }
  };

  let after: string | null = '';
  for (let page = 0; page < MAX_PAGES && after !== null; page += 1) {
    const rows = await readPage(reader, sender, after);
    keepMatches(rows);
    if (rows.length < MIN_FULL_PAGE) return { rows: [...found.values()], isComplete: true };
    after = idOf(rows.at(-1));
  }
  keepMatches(await readUsualForms(reader, sender));
  return { rows: [...found.values()], isComplete: false };
}

const COLUMNS = 'id,name,unit,is_approved,phone_number,created_at';

function readPage(reader: Pick<SupabaseReader, 'read'>, sender: string, after: string): Promise<unknown[]> {
  return reader.read('users', (client) => {
    const page = client
      .from('users')
      .select(COLUMNS)
      .or(patterns(sender))
      .not('phone_number', 'like', TOO_LONG)
      .order('id')
      .limit(PAGE_ROWS);
    return after === '' ? page : page.gt('id', after);
  });
}

/** Reads the accounts that hold the number without separators: approved ones first, because only those decide. */
function readUsualForms(reader: Pick<SupabaseReader, 'read'>, sender: string): Promise<unknown[]> {
  return reader.read('users', (client) =>
    client
      .from('users')
      .select(COLUMNS)
      .in('phone_number', usualForms(sender))
      .order('is_approved', { ascending: false, nullsFirst: false })
      .limit(PAGE_ROWS),
  );
}

function usualForms(sender: string): string[] {
  const national = sender.startsWith('62') ? [`0${sender.slice(2)}`, sender.slice(2)] : [];
  return [sender, `+${sender}`, ...national];
}

/** Filters that every notation of the number passes: its digits in order, ASCII or full-width, with anything between. */
function patterns(sender: string): string {
  const digits = [...(sender.startsWith('62') ? sender.slice(2) : sender)];
  const fullWidth = digits.map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
  return [digits, fullWidth].map((form) => `phone_number.like.*${form.join('*')}*`).join(',');
}

function idOf(row: unknown): string | null {
  return typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'string' ? row.id : null;
}
