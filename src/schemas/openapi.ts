import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../protocol/error-codes.js';
import * as answers from './answer-schemas.js';
import { frame } from './frame-schemas.js';
import { JSON_SCHEMA, type JsonSchema, schemaOf, VERSION, withoutDialect } from './json-schema.js';
import {
  type AnswerContent,
  type HeaderName,
  OPERATIONS,
  type Operation,
  type SchemaName,
} from './operations.js';

/** As much of OpenAPI 3.1 as is used here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, ResponseHeader>>;
  readonly content?: Content;
}

interface ResponseHeader {
  readonly description: string;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

const SCHEMAS: Record<SchemaName, z.ZodType> = {
  User: answers.user,
  SignedIn: answers.signedIn,
  Ticket: answers.ticket,
  Sessions: answers.sessions,
  Export: answers.userExport,
  Deletion: answers.deletion,
  Conversation: answers.conversation,
  Conversations: answers.conversations,
  SearchPage: answers.searchPage,
  Attachment: answers.attachment,
  Capabilities: answers.capabilities,
  Transcription: answers.transcription,
  Feedback: answers.feedback,
  Message: answers.message,
  Messages: answers.messages,
  Sent: answers.sent,
  Chat: answers.chat,
  Live: answers.live,
  Ready: answers.ready,
  Unready: answers.unready,
  Problem: answers.problem,
  Frame: frame,
};

const HEADERS: Record<HeaderName, string> = {
  'Idempotency-Key': 'another name for client_message_id',
  'Last-Event-ID':
    'the id of the last event: a cursor, or on a stream of all conversations several; goes before those in the address',
  Prefer: 'wait=<seconds>: how long to wait',
};

/** Bytes as they are (OpenAPI 3.1, "Considerations for File Uploads"). */
const BINARY: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };

type Other = Exclude<AnswerContent, SchemaName | 'nothing'>;

const OTHER: Record<Other, Content> = {
  events: {
    'text/event-stream': {
      schema: { type: 'string', description: 'unnamed events: `id` is the cursor, `data` a Frame as JSON' },
    },
  },
  'any JSON': json({ type: 'object' }),
  'any JSON or events': {
    ...json({ type: 'object' }),
    'text/event-stream': { schema: { type: 'string' } },
  },
  'other events': { 'text/event-stream': { schema: { type: 'string' } } },
  text: { 'text/plain': { schema: { type: 'string' } } },
  page: { 'text/html': { schema: { type: 'string' } } },
  script: { 'text/javascript': { schema: { type: 'string' } } },
  file: { '*/*': { schema: BINARY } },
};

const SECURITY: Record<Operation['access'], readonly object[]> = {
  open: [],
  bearer: [{ bearer: [] }],
  stream: [{ bearer: [] }, { ticket: [] }, { token: [] }],
};

/** The description of REST and SSE for machines. The sockets are in `asyncApi`. */
export function openApi(): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [operationId, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = operation.at.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operationId, operation, path) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'veda-gateway',
      version: VERSION,
      description:
        'A streaming gateway for a healthcare chatbot. Its sockets are described at /asyncapi.json.',
    },
    servers: [{ url: '/', description: 'the gateway that serves this document' }],
    tags: [...new Set(Object.values(OPERATIONS).map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        ticket: { type: 'apiKey', in: 'query', name: 'ticket' },
        token: { type: 'apiKey', in: 'query', name: 'token' },
      },
    },
  };
}

function describe(operationId: string, operation: Operation, path: string): OpenApiOperation {
  const { summary, group, access, body, form } = operation;
  return {
    operationId,
    summary,
    tags: [group],
    security: SECURITY[access],
    parameters: [
      ...pathParameters(operation, path),
      ...queryParameters(operation),
      ...headerParameters(operation),
    ],
    ...(body && {
      requestBody: { required: !body.safeParse({}).success, content: json(schemaOf(body)) },
    }),
    ...(form && { requestBody: { required: true, content: formOf(form) } }),
    responses: { ...successes(operation), ...refusals(operation, path) },
  };
}

function formOf(form: z.ZodObject): Content {
  const schema = schemaOf(form);
  const properties = { file: BINARY, ...schema.properties };
  return { 'multipart/form-data': { schema: { ...schema, properties, required: ['file'] } } };
}

function pathParameters({ dialect }: Operation, path: string): Parameter[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const schema: JsonSchema = { type: 'string', ...(!dialect && { format: 'uuid' }) };
  return names.map((name) => ({ name, in: 'path', required: true, schema }));
}

function queryParameters({ query }: Operation): Parameter[] {
  const { properties = {} } = query ? schemaOf(query) : {};
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schema as JsonSchema,
  }));
}

function headerParameters({ headers = [] }: Operation): Parameter[] {
  return headers.map((name) => ({
    name,
    in: 'header',
    required: false,
    description: HEADERS[name],
    schema: { type: 'string' },
  }));
}

const SECONDS: JsonSchema = { type: 'integer', minimum: 0 };
const RETRY_AFTER = { 'Retry-After': { description: 'seconds until a retry makes sense', schema: SECONDS } };
const RATE_LIMIT = {
  'RateLimit-Limit': { description: 'how many are allowed in the window', schema: SECONDS },
  'RateLimit-Remaining': { description: 'how many are left', schema: SECONDS },
  'RateLimit-Reset': { description: 'seconds until the window ends', schema: SECONDS },
};
const TEXT: JsonSchema = { type: 'string' };
const LOCATION = { Location: { description: 'the message', schema: TEXT } };

/** The headers of a refusal, by its status. */
const REFUSAL_HEADERS: Readonly<Record<number, OpenApiResponse['headers']>> = {
  401: { 'WWW-Authenticate': { description: '`Bearer`', schema: TEXT } },
  429: { ...RETRY_AFTER, ...RATE_LIMIT },
  503: RETRY_AFTER,
};

function successes({ answers, refusals = [] }: Operation): Record<string, OpenApiResponse> {
  const limited = refusals.includes('rate_limited') && RATE_LIMIT;
  const responses = Object.entries(answers).map(([status, [content, description]]) => {
    const unfinished = status === '202' && content === 'Chat' && { ...LOCATION, ...RETRY_AFTER };
    const headers: NonNullable<OpenApiResponse['headers']> = { ...limited, ...unfinished };
    const described = Object.keys(headers).length > 0 ? { headers } : {};
    return [status, { description, ...described, ...contentOf(content) }] as const;
  });
  return Object.fromEntries(responses);
}

function contentOf(content: AnswerContent): { content?: Content } {
  if (content === 'nothing') return {};
  return { content: content in SCHEMAS ? json(reference(content as SchemaName)) : OTHER[content as Other] };
}

/** One response a status, which names the codes that it may have. */
function refusals(operation: Operation, path: string): Record<string, OpenApiResponse> {
  const codes: ErrorCode[] = [...(operation.refusals ?? [])];
  if (operation.access !== 'open') codes.push('unauthorized', 'token_expired');
  if (operation.body || operation.form)
    codes.push('bad_request', 'payload_too_large', 'unsupported_media_type');
  else if (operation.query) codes.push('bad_request');
  const { dialect } = operation;
  if (path.includes('{') && !dialect) codes.push('not_found');
  const problem = dialect
    ? contentOf(dialect.error)
    : { content: { 'application/problem+json': { schema: reference('Problem') } } };
  const responses: Record<string, OpenApiResponse> = {
    default: { description: 'any other error', ...problem },
  };
  for (const status of new Set(codes.map((code) => ERROR_STATUS[code]))) {
    const names = new Set(codes.filter((code) => ERROR_STATUS[code] === status));
    const headers = REFUSAL_HEADERS[status];
    responses[status] = { description: [...names].join(', '), ...(headers && { headers }), ...problem };
  }
  return responses;
}

function json(schema: JsonSchema): Content {
  return { 'application/json': { schema } };
}

function reference(name: SchemaName): JsonSchema {
  return { $ref: refTo(name) };
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

function components(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...JSON_SCHEMA, uri: refTo });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutDialect(schema)]));
}
