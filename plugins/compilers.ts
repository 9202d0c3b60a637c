import { createRequire } from 'node:module';
import type { FastifyServerOptions } from 'fastify';

type Factory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type BuildSerializer = NonNullable<Factory['buildSerializer']>;
type TypeProvider = typeof import('@fastify/type-provider-typebox');

const require = createRequire(import.meta.url);
const loadChecks = (): TypeProvider => require('@fastify/type-provider-typebox');
const loadSerializers = (): { SerializerSelector(): BuildSerializer } =>
  require('@fastify/fast-json-stringify-compiler');

/** A function that is made when it is first called. */
function whenCalled<Given, Result>(make: () => (given: Given) => Result): (given: Given) => Result {
  let made: ((given: Given) => Result) | undefined;
  return (given) => {
    made ??= make();
    return made(given);
  };
}

const checkOf = (route: Parameters<TypeProvider['TypeBoxValidatorCompiler']>[0]) =>
  whenCalled(() => loadChecks().TypeBoxValidatorCompiler(route));

/**
 * TypeBox's checks and Fastify's own serializers. Each is loaded and compiled when a route first needs it, and not, as
 * Fastify would, all of them at the start: the service must be up at once.
 */
export const compilersFactory: Factory = {
  // Fastify's types for this know Ajv only.
  buildValidator: (() => checkOf) as unknown as NonNullable<Factory['buildValidator']>,
  buildSerializer: (schemas, options) => (route) =>
    whenCalled(() => loadSerializers().SerializerSelector()(schemas, options)(route)),
};

/** Loads the serializers: the first call is then not held up by it. */
export function warmUpSerializers(): void {
  loadSerializers();
}
