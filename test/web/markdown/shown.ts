import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { BlockCutter } from '../../../src/web/markdown/blocks.js';
import { elementsOf } from '../../../src/web/markdown/elements.js';

/** What the page makes of Markdown, as HTML without the attributes that every link and every paragraph has. */
export function htmlOf(markdown: string, growing = false): string {
  return new BlockCutter()
    .cut(markdown, growing)
    .map(({ nodes }) => renderToStaticMarkup(createElement('div', null, elementsOf(nodes))))
    .map((html) => html.slice('<div>'.length, -'</div>'.length))
    .join('\n')
    .replaceAll(/ (?:dir="(?:auto|ltr)"|target="_blank"|rel="[^"]*")/g, '');
}

/** The text that can be read on the page, as the browser has it: no element counts but line breaks. */
export function textShown(markdown: string, growing = false): string {
  return htmlOf(markdown, growing)
    .replaceAll('<br/>', '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity] ?? entity);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
};
