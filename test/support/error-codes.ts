import * as errors from '../../src/errors.ts';

const { StoreUnavailable: _, ignoreStoreUnavailable: _function, genericErrorBody, ...codedErrors } = errors;
const GENERIC_STATUSES = [400, 404, 408, 413, 415, 431, 500];

/** Every code that an error response can have, with its status. */
export const errorCodes: ReadonlyMap<string, number> = new Map([
  ...GENERIC_STATUSES.map((status) => [genericErrorBody(status).code, status] as const),
  ...Object.values(codedErrors).map((CodedError) => {
    const { code, statusCode = 500 } = new CodedError('');
    return [code, statusCode] as const;
  }),
  ['UNREADABLE_REQUEST', 400],
]);
