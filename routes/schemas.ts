import Type from 'typebox';

/** The body of every error answer. */
export const ErrorAnswer = Type.Object(
  {
    error: Type.String({ description: 'text for a person, Indonesian' }),
    code: Type.String({ description: 'code for a machine' }),
  },
  { description: 'what went wrong' },
);

/** Error answers that any route can give, by status. */
export function errorAnswers<Status extends number>(...statuses: Status[]): Record<Status, typeof ErrorAnswer> {
  return Object.fromEntries(statuses.map((status) => [status, ErrorAnswer])) as Record<Status, typeof ErrorAnswer>;
}

/** How admin routes are entered, for the OpenAPI document. */
export const adminSecurity = [{ bearer: [] }, { apiKey: [] }];
