import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { AppError } from '../../kernel/errors.js';

/** Which models can be asked for. The first one is the default. */
export interface OfferedModels {
  readonly names: readonly string[];
}

interface ModelPorts {
  readonly models: OfferedModels;
  readonly authenticate: Middleware;
}

/** The model that is asked for, or the default. @throws AppError `not_found` for one that is not offered. */
export function modelOf({ names }: OfferedModels, asked: string | null | undefined): string {
  const [first = ''] = names;
  if (asked === undefined || asked === null || asked === '') return first;
  if (names.includes(asked)) return asked;
  throw new AppError('not_found', `model: this one is not offered here; there is ${names.join(', ')}`, {
    param: 'model',
  });
}

/** `GET /v1/models`, and one of them. */
export function modelRoutes(router: Router, { models, authenticate }: ModelPorts): void {
  router.get('/models', authenticate, (ctx) => {
    ctx.body = { object: 'list', data: models.names.map(describe) };
  });

  router.get('/models/:model', authenticate, (ctx) => {
    ctx.body = describe(modelOf(models, String(ctx['params']['model'])));
  });
}

function describe(id: string): object {
  // Nobody knows when a model was made; the field must be there.
  return { id, object: 'model', created: 0, owned_by: 'veda-gateway' };
}
