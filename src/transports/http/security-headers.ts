import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

/** Half a year. */
const HSTS_SECONDS = 15_552_000;

/**
 * Tells browsers what they must not do with an answer: take JSON for a page or a script, run anything in it, show it in a
 * frame, give it to another site, or say in a `Referer` where it came from. The pages have a policy of their own. `https`: the
 * gateway is called by https alone.
 */
export function securityHeaders({ https }: { readonly https: boolean }): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    // For loads without CORS. Pages of CORS_ORIGINS load with it.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https && { maxAge: HSTS_SECONDS, includeSubDomains: false },
    xContentTypeOptions: true,
    xFrameOptions: { action: 'deny' },
    // What follows is for browsers and plug-ins that are long gone.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}
