import { join } from 'node:path';
import type { Router } from '@koa/router';
import { DISCLAIMER, type Disclaimers } from '../generation/disclaimer.js';
import { readPageFiles } from '../transports/http/page-files.js';
import { pageRoutes, type SignInOffer } from '../transports/http/page-routes.js';

/** Where `npm run build` puts what browsers get, seen from the sources (`npm run dev`) or from the build itself. */
const WEB = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../../dist/web' : '../../web');

interface PageOptions {
  readonly signIn: SignInOffer;
  readonly humanContact: string | undefined;
  readonly disclaimers: Disclaimers;
}

/** The chat page of the last build. Without one its address answers 404, and everything else is as ever. */
export async function page({ signIn, humanContact, disclaimers }: PageOptions): Promise<Router> {
  // The page knows the default by itself.
  const own = disclaimers.known.filter((text) => text !== DISCLAIMER);
  return pageRoutes({ files: await readPageFiles(WEB), signIn, humanContact, disclaimers: own });
}
