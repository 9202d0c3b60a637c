import type { Static } from 'typebox';
import Type from 'typebox';

/** Default number of entries on a page. */
const DEFAULT_LIMIT = 50;

/** The query of a paged list; `cursor` is the `nextCursor` of the page before. */
export const Page = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, default: DEFAULT_LIMIT, description: 'entries of a page' }),
  ),
  cursor: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'nextCursor of the page before' }),
  ),
});

export const NextCursor = Type.Union([Type.Integer(), Type.Null()], {
  description: 'cursor of the next page; null: the last',
});

/** Loads one page; one entry more than requested shows whether there is a next page. */
export async function paginate<Entry>(
  { limit = DEFAULT_LIMIT, cursor = 0 }: Static<typeof Page>,
  load: (page: { limit: number; cursor: number }) => Promise<Entry[]>,
): Promise<{ entries: Entry[]; nextCursor: number | null }> {
  const entries = await load({ limit: limit + 1, cursor });
  return { entries: entries.slice(0, limit), nextCursor: entries.length > limit ? cursor + limit : null };
}
