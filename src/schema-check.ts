import { createRequire } from 'node:module';
import type { Static, TSchema } from 'typebox';

/** Whether values fit a schema, and where they don't. */
export interface Check<Schema extends TSchema> {
  fits(value: unknown): value is Static<Schema>;
  /** The first step of the path to each thing wrong; '' where that is the whole value. */
  wrongFields(value: unknown): string[];
}

const require = createRequire(import.meta.url);

/** The check for a schema. TypeBox is loaded, and the schema compiled, when it is first asked: the service must be up at once. */
export function checkOf<Schema extends TSchema>(schema: Schema): Check<Schema> {
  const compile = () => (require('typebox/schema') as typeof import('typebox/schema')).Compile(schema);
  let compiled: ReturnType<typeof compile> | undefined;
  const validator = () => {
    compiled ??= compile();
    return compiled;
  };
  return {
    fits: (value): value is Static<Schema> => validator().Check(value),
    wrongFields(value) {
      const [, errors] = validator().Errors(value);
      return [...new Set(errors.map(({ instancePath }) => instancePath.split('/')[1] ?? ''))];
    },
  };
}

/** Loads TypeBox: the first check is then not held up by it. */
export async function warmUpChecks(): Promise<void> {
  await import('typebox/schema');
}
