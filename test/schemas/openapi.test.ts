import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Router } from '@koa/router';
import { runRoutes } from '../../src/dialects/ag-ui/run-routes.js';
import { chatRoutes } from '../../src/dialects/ai-sdk/chat-routes.js';
import { openAiRoutes } from '../../src/dialects/openai/openai-routes.js';
import { openApi } from '../../src/schemas/openapi.js';
import { OPERATIONS } from '../../src/schemas/operations.js';
import { attachmentRoutes } from '../../src/transports/http/attachment-routes.js';
import { authRoutes } from '../../src/transports/http/auth-routes.js';
import { capabilitiesRoutes } from '../../src/transports/http/capabilities-routes.js';
import { conversationRoutes } from '../../src/transports/http/conversation-routes.js';
import { docsRoutes } from '../../src/transports/http/docs-routes.js';
import { feedbackRoutes } from '../../src/transports/http/feedback-routes.js';
import { healthRoutes } from '../../src/transports/http/health-routes.js';
import { meRoutes } from '../../src/transports/http/me-routes.js';
import { messageRoutes } from '../../src/transports/http/message-routes.js';
import { pageRoutes } from '../../src/transports/http/page-routes.js';
import { searchRoutes } from '../../src/transports/http/search-routes.js';
import { transcriptionRoutes } from '../../src/transports/http/transcription-routes.js';
import { streamRoutes } from '../../src/transports/sse/stream-routes.js';
import { userStreamRoutes } from '../../src/transports/sse/user-stream-routes.js';
import { SILENT } from '../support/silent-log.js';

const pass = async (_: unknown, next: () => Promise<void>) => next();

/** Routers as they are built for clients. What they would call is not needed to know their addresses. */
async function routers(): Promise<Router[]> {
  const options = {
    authenticate: pass,
    authenticateStream: pass,
    admit: pass,
    signIn: {},
    passwords: true,
    registration: true,
    demo: true,
    logger: SILENT,
  } as never;
  return [
    attachmentRoutes(options),
    capabilitiesRoutes(options),
    transcriptionRoutes(options),
    authRoutes(options),
    meRoutes(options),
    conversationRoutes(options),
    searchRoutes(options),
    messageRoutes(options),
    feedbackRoutes(options),
    streamRoutes(options),
    userStreamRoutes(options),
    chatRoutes(options),
    openAiRoutes(options),
    runRoutes(options),
    healthRoutes(options),
    docsRoutes(),
    await pageRoutes({ files: new Map(), signIn: 'accounts' }),
  ];
}

/** `GET /api/conversations/{id}` … What the page alone asks for changes with each build. */
async function routed(): Promise<string[]> {
  const layers = (await routers())
    .flatMap((router) => router.stack)
    .filter(({ path }) => !String(path).startsWith('/assets/'));
  const routes = layers.flatMap(({ path, methods }) =>
    methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${pathOf(String(path))}`),
  );
  return [...new Set(routes)].toSorted();
}

function pathOf(pattern: string): string {
  return pattern.replaceAll(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '');
}

/** Every `$ref` in it. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [String(inner)] : references(inner),
  );
}

test('what is described is routed, and what is routed is described', async () => {
  expect(
    Object.values(OPERATIONS)
      .map(({ at }) => at)
      .toSorted(),
  ).toEqual(await routed());
});

test('every reference leads to a schema', () => {
  const description = openApi();
  const found = new Set(references(description));
  expect(found).toContain('#/components/schemas/Message');
  const known = Object.keys(description.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(known).toEqual(expect.arrayContaining([...found]));
});

test('a body is described as it is checked', () => {
  const body = openApi().paths['/api/conversations/{id}/messages']?.['post']?.requestBody;
  expect(body).toMatchObject({
    required: true,
    content: {
      'application/json': {
        schema: {
          required: ['text'],
          additionalProperties: false,
          properties: { whenBusy: { enum: ['queue', 'reject', 'interrupt'], default: 'queue' } },
        },
      },
    },
  });
});

test('its version is that of the package', () => {
  const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  expect(openApi().info.version).toBe((JSON.parse(manifest) as { version: string }).version);
});
