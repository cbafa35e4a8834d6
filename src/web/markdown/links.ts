/**
 * A web address at the start of a text. The host is ASCII, so that no sentence that follows without a space makes it
 * another host; the path may have letters of any script, as in `https://ru.wikipedia.org/wiki/Грипп`, and ends before
 * punctuation that is not ASCII, such as `。`.
 */
const URL_PATTERN =
  /^https?:\/\/[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d{1,5})?(?:[/?#][\w\-.~:/?#@!$&'()*+,;=%\p{L}\p{M}\p{N}]*)?/iu;

/** Addresses that are written without `https://`. `{1,64}` bounds the search at each position. */
const SHORT_PATTERN =
  /(?<![\p{Script=Latin}\p{N}.@/_-])(?:www\.[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+|[a-z\d._%+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+)/giu;

/** Belongs to the sentence rather than to the address. */
const TRAILING = /[?!.,:;*_~'"]$/;

/** The address that a text begins with, without the punctuation of the sentence around it. */
export function urlAt(text: string): string | null {
  let url = URL_PATTERN.exec(text)?.[0];
  if (url === undefined) return null;
  while (TRAILING.test(url) || (url.endsWith(')') && isUnbalanced(url))) url = url.slice(0, -1);
  return url;
}

function isUnbalanced(url: string): boolean {
  return url.replaceAll(/[^)]/g, '').length > url.replaceAll(/[^(]/g, '').length;
}

export interface TextPart {
  readonly text: string;
  /** Where it leads, if it is an address. */
  readonly href?: string;
}

/** Cuts a text at the `www.` and email addresses in it. */
export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(SHORT_PATTERN)) {
    if (index > from) parts.push({ text: text.slice(from, index) });
    const href = address.includes('@') ? `mailto:${address}` : `https://${address}`;
    parts.push({ text: address, href });
    from = index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** Links may lead to web pages, mail and telephones: nothing that runs, and nowhere else on this page. */
export function isSafeLink(href: string): boolean {
  return /^(?:https?|mailto|tel):/i.test(href);
}

/** Percent-encoded, with an ASCII host. What is ASCII already, and what is no address, stays as it is. */
export function normalizedLink(href: string): string {
  const isAscii = /^[!-~]*$/.test(href);
  return isAscii || !URL.canParse(href) ? href : new URL(href).href;
}
