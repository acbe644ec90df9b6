import type { JsonSchema, OpenApiDocument, OpenApiOperation } from './openapi.js';

const HEAD = '// Generated from the OpenAPI document by `npm run client:types`; not to be edited.\n';
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;

/** The document's schemas and calls as TypeScript, for `streetdex/client`. */
export function renderClientTypes(api: OpenApiDocument): string {
  const schemas = Object.entries(api.components.schemas).map(
    ([name, schema]) => `${comment(schema, '')}export type ${name} = ${typeOf(schema, '')};\n`,
  );
  const calls = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]) =>
        `  /** ${operation.summary}. */\n  '${method.toUpperCase()} ${path}': ${callOf(operation)};\n`,
    ),
  );
  return `${HEAD}\n${schemas.join('\n')}\n/** Every call: what it takes and what it answers. */\nexport interface Calls {\n${calls.join('')}}\n`;
}

function callOf(operation: OpenApiOperation): string {
  const { parameters = [], requestBody } = operation;
  const among = (place: string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, schema, description }) => field(name, required, { ...schema, description }, '      '));
  const lines: string[] = [];
  for (const place of ['path', 'query']) {
    const fields = among(place);
    const optional = fields.every((one) => /^\s*(\/\*\*.*\*\/\s*)?\S+\?:/.test(one));
    if (fields.length > 0) lines.push(`    readonly ${place}${optional ? '?' : ''}: {\n${fields.join('')}    };\n`);
  }
  const bodies = Object.entries(requestBody?.content ?? {});
  // Of a form and JSON one is given.
  for (const [type, { schema }] of bodies) {
    const name = type === 'multipart/form-data' ? 'form' : 'json';
    lines.push(`    readonly ${name}${bodies.length > 1 ? '?' : ''}: ${typeOf(schema, '    ')};\n`);
  }
  lines.push(`    readonly answer: ${answerOf(operation)};\n`);
  return `{\n${lines.join('')}  }`;
}

/** JSON as itself; nothing for 204; anything else as the whole `Response`. */
function answerOf({ responses }: OpenApiOperation): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content }]) => {
      const given = Object.entries(content ?? {});
      const json = given.find(([type]) => type === 'application/json') ?? given.find(([type]) => JSON_TYPE.test(type));
      if (json !== undefined)
        return [Object.keys(json[1].schema).length === 0 ? 'unknown' : typeOf(json[1].schema, '')];
      return [given.length === 0 ? 'undefined' : 'Response'];
    });
  return [...new Set(types)].join(' | ');
}

function typeOf(schema: JsonSchema, indent: string): string {
  const { $ref, enum: values, const: value, anyOf, oneOf, allOf, type, prefixItems, items } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (value !== undefined) return literal(value);
  if (Array.isArray(values)) return values.map(literal).join(' | ');
  const variants = (anyOf ?? (Array.isArray(type) ? type.map((one) => ({ ...schema, type: one })) : oneOf)) as
    | readonly JsonSchema[]
    | undefined;
  // `oneOf` beside properties says which of them are required together; the type keeps them optional.
  if (variants !== undefined && schema.properties === undefined) {
    return [...new Set(variants.map((one) => typeOf(one, indent)))].join(' | ');
  }
  if (Array.isArray(allOf)) return (allOf as readonly JsonSchema[]).map((one) => typeOf(one, indent)).join(' & ');
  if (Array.isArray(prefixItems)) {
    return `readonly [${(prefixItems as readonly JsonSchema[]).map((one) => typeOf(one, indent)).join(', ')}]`;
  }
  switch (type) {
    case 'string':
      return schema.contentMediaType === 'application/octet-stream' ? 'Blob' : 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly ${inParentheses(typeOf((items ?? {}) as JsonSchema, indent))}[]`;
    case 'object':
      return objectOf(schema, indent);
    default:
      return 'unknown';
  }
}

function objectOf(schema: JsonSchema, indent: string): string {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const values =
      typeof additionalProperties === 'object' ? typeOf(additionalProperties as JsonSchema, indent) : 'unknown';
    return `Readonly<Record<string, ${values}>>`;
  }
  const fields = Object.entries(properties as Record<string, JsonSchema>).map(([name, property]) =>
    field(name, (required as readonly string[]).includes(name), property, `${indent}  `),
  );
  return fields.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${fields.join('')}${indent}}`;
}

function field(name: string, required: boolean, schema: JsonSchema, indent: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
  return `${comment(schema, indent)}${indent}readonly ${key}${required ? '' : '?'}: ${typeOf(schema, indent)};\n`;
}

function comment(schema: JsonSchema, indent: string): string {
  const { description } = schema;
  return typeof description === 'string' ? `${indent}/** ${description.replaceAll('*/', '* /')} */\n` : '';
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replace(/['\\]/g, '\\$&')}'` : String(value);

const inParentheses = (type: string): string =>
  /[|&]| readonly /.test(type) || type.startsWith('readonly ') ? `(${type})` : type;
