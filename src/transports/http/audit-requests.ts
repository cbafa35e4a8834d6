import type { Context, Middleware } from 'koa';
import type { Principal } from '../../account/principal.js';
import { isId } from '../../conversation/ids.js';
import type { Audit, AuditEvent, AuditKind } from '../../kernel/audit.js';
import { OPERATIONS } from '../../schemas/operations.js';

/** Frequent operations that reveal nothing about a person's health. They are recorded only when refused or failed. */
const UNREMARKABLE: ReadonlySet<string> = new Set(['me', 'capabilities', 'createTicket', 'refresh']);

/** Groups of operations that serve no data of a person: documents, health, the page. */
const GROUPS_WITHOUT_DATA: ReadonlySet<string> = new Set(['Health', 'Documentation', 'Page']);

const KIND_OF_METHOD: Readonly<Record<string, AuditKind>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** Operations whose kind differs from that of their method. */
const KINDS: Readonly<Record<string, AuditKind>> = {
  login: 'execute',
  logout: 'execute',
  refresh: 'execute',
  createTicket: 'execute',
  searchWithBody: 'read',
  stop: 'execute',
  aiSdkStop: 'execute',
  changePassword: 'update',
};

const REFUSED: ReadonlySet<number> = new Set([401, 403, 404, 429]);

interface Route {
  readonly operation: string;
  readonly method: string;
  /** With a group for each parameter. The router's own match is useless: after a refusal it is the authentication's route. */
  readonly path: RegExp;
}

const ROUTES: readonly Route[] = Object.entries(OPERATIONS)
  .filter(([, { group }]) => !GROUPS_WITHOUT_DATA.has(group))
  .map(([operation, { at }]) => {
    const [method = '', path = ''] = at.split(' ');
    return {
      operation,
      method,
      path: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`),
    };
  });

/** Records each read, write and refusal over REST, once the status is known. Never reads the body or query of a request. */
export function auditRequests(audit: Audit): Middleware {
  return async (ctx, next) => {
    await next();
    const event = eventOf(ctx);
    if (event) audit.record(event);
  };
}

function eventOf(ctx: Context): AuditEvent | undefined {
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  const route = ROUTES.find((each) => each.method === method && each.path.test(ctx.path));
  // Event streams and exports write to Node's response; Koa does not know their status.
  const status = ctx.respond === false ? ctx.res.statusCode : ctx.status;
  const outcome = outcomeOf(status);
  if (!route || outcome === undefined) return undefined;
  const { operation } = route;
  if (outcome === 'success' && UNREMARKABLE.has(operation)) return undefined;
  const principal: Principal | undefined = ctx.state['principal'];
  return {
    operation,
    kind: KINDS[operation] ?? KIND_OF_METHOD[method] ?? 'execute',
    outcome,
    ...(outcome !== 'success' && { code: codeOf(ctx, status) }),
    userId: principal?.userId ?? userIn(ctx.body),
    sessionId: principal?.sessionId,
    ...resourceOf(ctx, route),
    address: ctx.ip,
    requestId: ctx.state['requestId'],
  };
}

/** Undefined for a request that accessed nothing: a body that cannot be read, a conflict. */
function outcomeOf(status: number): AuditEvent['outcome'] | undefined {
  if (status < 400) return 'success';
  if (REFUSED.has(status)) return 'refused';
  return status >= 500 ? 'failed' : undefined;
}

function codeOf(ctx: Context, status: number): string {
  const code: unknown = ctx.state['errorCode'];
  return typeof code === 'string' ? code : String(status);
}

/** The id of the user that a sign-in returned. */
function userIn(body: unknown): string | undefined {
  return idIn((Object(body) as { user?: unknown }).user);
}

function idIn(value: unknown): string | undefined {
  const { id } = Object(value) as { id?: unknown };
  return typeof id === 'string' && isId(id) ? id : undefined;
}

function resourceOf(ctx: Context, { path }: Route): Pick<AuditEvent, 'conversationId' | 'messageId'> {
  if (!ctx.path.startsWith('/api/conversations')) return {};
  const { id, messageId } = path.exec(ctx.path)?.groups ?? {};
  return {
    conversationId: lowered(id) ?? (ctx.method === 'POST' ? idIn(ctx.body) : undefined),
    messageId: lowered(messageId),
  };
}

function lowered(id: string | undefined): string | undefined {
  return id !== undefined && isId(id) ? id.toLowerCase() : undefined;
}
