import { get } from '../support/http.ts';
import { ADMIN_KEY, type Service } from '../support/service.ts';

export type Schema = Record<string, unknown>;
export interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
export interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description?: string; headers?: Schema; content?: Record<string, Media> }>;
}
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  tags: { name: string; description?: string }[];
  servers: { url: string; description?: string }[];
  components: {
    securitySchemes: Record<string, { in?: string; name?: string; description?: string }>;
    schemas?: Record<string, unknown>;
  };
}

/** The OpenAPI document that a service gives its admins. */
export async function documentOf(service: Service): Promise<OpenApiDocument> {
  const { body } = await get(`${service.url}/docs/json`, { authorization: `Bearer ${ADMIN_KEY}` });
  return body as unknown as OpenApiDocument;
}
/** Its operations, `get /api/health` each. */
export const operationsOf = ({ paths }: OpenApiDocument) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
  );

/** The examples that a schema carries itself, however deep. */
export function examplesWithin(schema: unknown): { schema: Schema; value: unknown }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { example, examples } = schema as { example?: unknown; examples?: unknown };
  const own = [...(example === undefined ? [] : [example]), ...(Array.isArray(examples) ? examples : [])];
  const inner = Object.values(schema).flatMap((value) => examplesWithin(value));
  return [...own.map((value) => ({ schema: schema as Schema, value })), ...inner];
}
