import { Router } from '@koa/router';

/** A part that the service stands on. `ok` must answer within a few seconds and never throw. */
export interface Dependency {
  readonly name: string;
  /** Without it the service is degraded, not unready. */
  readonly optional?: boolean;
  ok(): Promise<boolean>;
}

export interface HealthRoutesOptions {
  readonly dependencies: readonly Dependency[];
  readonly draining: () => boolean;
}

/** For orchestrators and load balancers (docs/protocol.md, "REST"). */
export function healthRoutes({ dependencies, draining }: HealthRoutesOptions): Router {
  const router = new Router({ prefix: '/health' });

  router.get('/live', (ctx) => {
    ctx.body = { status: 'live' };
  });

  router.get('/ready', async (ctx) => {
    const checked = await Promise.all(
      dependencies.map(async (dependency) => ({ ...dependency, healthy: await dependency.ok() })),
    );
    const down = checked.filter(({ healthy }) => !healthy);
    const missing = down.filter(({ optional }) => !optional).map(({ name }) => name);
    const degraded = down.filter(({ optional }) => optional).map(({ name }) => name);
    if (draining()) missing.push('draining');
    ctx.set('Cache-Control', 'no-store');
    if (missing.length > 0) {
      ctx.status = 503;
      ctx.set('Retry-After', '1');
      ctx.body = { status: 'unready', missing, degraded };
    } else {
      ctx.body = { status: degraded.length > 0 ? 'degraded' : 'ready', degraded };
    }
  });

  return router;
}
