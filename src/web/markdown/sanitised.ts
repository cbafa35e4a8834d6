import createDOMPurify from 'dompurify';

const TEXT = ['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'a', 'ul', 'ol', 'li'];
const HEADINGS = ['h3', 'h4', 'h5', 'h6'];
const TABLES = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];

/** What Markdown makes, and nothing that loads, runs, is filled in or moves elsewhere on the page. */
const ALLOWED = {
  ALLOWED_TAGS: [...TEXT, ...HEADINGS, ...TABLES],
  ALLOWED_ATTR: ['href', 'start', 'align'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
  RETURN_TRUSTED_TYPE: true as const,
};

// Made once, here: the page's policy lets one Trusted Types policy of this name be made.
const purify = createDOMPurify(window);

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  // What a model links to must neither replace the conversation nor learn where its reader came from.
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** HTML that may be put into the page, whatever it was made from. The page's policy takes no other (Trusted Types). */
export function sanitised(html: string): TrustedHTML {
  return purify.sanitize(html, ALLOWED);
}
