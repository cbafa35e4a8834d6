/** Reads what the server wrote into the page (src/transports/http/page-routes.ts). */
export function ownDisclaimers(page: Document): readonly string[] {
  const content = page.querySelector<HTMLMetaElement>('meta[name="disclaimers"]')?.content || '[]';
  return JSON.parse(content) as string[];
}
