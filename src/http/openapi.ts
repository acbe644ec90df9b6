import { z } from 'zod';
import { components } from '../api/registry.js';
import type { Route } from './route.js';

/** What the documents of the API read of a JSON schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly [key: string]: unknown;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required: boolean;
    readonly description?: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: {
    readonly required: true;
    readonly content: Readonly<Record<string, { schema: JsonSchema }>>;
  };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, { schema: JsonSchema }>> }>
  >;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>;
  };
}

const DESCRIPTION =
  'streetdex says where a street-level photo was taken, and shows why. It is made for public images: do not use it to find people in private photos. Query photos are neither stored nor logged.';

/** The OpenAPI 3.1 document of the routes, from the very schemas that check requests. */
export function describeApi(routes: readonly Route[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: describeOperation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'streetdex', version, description: DESCRIPTION },
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}

function describeOperation(route: Route): OpenApiOperation {
  const parameters = [
    ...pathParameters(route.path),
    ...queryParameters(route.query),
    ...(route.once ? [IDEMPOTENCY_KEY] : []),
  ];
  const scope = route.scope === null ? '' : `\n\nNeeds a key of scope \`${route.scope}\` where the server has keys.`;
  return {
    operationId: `${route.method}${route.path.replace(/[/{}_.-]+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    summary: route.summary,
    description: `${route.description ?? ''}${scope}`.trim(),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true as const, content: describeBody(route.body) } }),
    responses: { ...describeAnswers(route), ...describeProblems(route) },
    security: route.scope === null ? [] : [{ bearer: [] }, { api_key: [] }, {}],
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description: 'The same key with the same body gets the first answer again, for a day.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

function describeBody(body: NonNullable<Route['body']>): Record<string, { schema: JsonSchema }> {
  const oneOf = body.oneOf?.map((name) => ({ required: [name] }));
  const file = { type: 'string', contentMediaType: 'application/octet-stream', description: 'The file of a picture.' };
  const { part } = body;
  const form = part && {
    type: 'object',
    properties: {
      image: body.many ? { type: 'array', minItems: 1, items: file } : file,
      [part.name]: reference(part.schema),
    },
    required: ['image'],
  };
  const encoding = part && { [part.name]: { contentType: 'application/json' } };
  return {
    ...(body.json && { 'application/json': { schema: { ...reference(body.json), ...(oneOf && { oneOf }) } } }),
    ...(form && { 'multipart/form-data': { schema: form, ...{ encoding } } }),
  };
}

function describeAnswers(route: Route): OpenApiOperation['responses'] {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, content }]) => {
      const types = Object.entries(content).map(([type, schema]) => [
        type,
        { schema: schema ? reference(schema) : {} },
      ]);
      return [status, { description, ...(types.length > 0 && { content: Object.fromEntries(types) }) }];
    }),
  );
}

/** Any call may fail on Host or Origin (403) or by our fault (500), and on its key where it needs one. */
function describeProblems(route: Route): OpenApiOperation['responses'] {
  const statuses = new Set([
    ...route.problems,
    403,
    500,
    ...(route.scope === null ? [] : [401]),
    ...(route.probe ? [] : [429]),
  ]);
  const schema = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [status, { description: 'A problem.', content: { 'application/problem+json': { schema } } }]),
  );
}

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined) {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    // As zod writes it, a schema of a parameter is never `true` or `false`.
    const { description, ...schema } = property as JsonSchema;
    return {
      name,
      in: 'query' as const,
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema,
    };
  });
}

/** A schema that has a name, as a reference to it. @throws when it has none: then it is missing from the document. */
function reference(schema: z.ZodType): JsonSchema {
  const id = components.get(schema)?.id;
  if (id === undefined) throw new Error('A schema of the API has no name; give it one with named().');
  return { $ref: `#/components/schemas/${id}` };
}

function componentSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(components, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    // zod's type of a schema allows for more than it writes.
    Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema as JsonSchema]),
  );
}
