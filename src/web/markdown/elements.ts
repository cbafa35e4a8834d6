import { createElement, Fragment, type ReactNode } from 'react';
import { CITATION, type Citations, citation } from './citation.js';
import { directionOf } from './direction.js';
import { type Attributes, type Element, type Node, type Tag, textOf } from './tree.js';

/** Each may be in another language than the rest of the answer. */
const OWN_DIRECTION: readonly Tag[] = ['p', 'h3', 'h4', 'h5', 'h6', 'li', 'td', 'th', 'a', 'code'];
/** The order of columns, and the side of a quote's line, go by all that is in them. */
const DIRECTION_OF_CONTENT: readonly Tag[] = ['blockquote', 'table'];

/** Items from here on have numbers that do not fit beside the list. */
const WIDE_NUMBER = 100;

/**
 * A tree as elements of the page. React makes each of them, and text stays text: no string ever becomes HTML, and the
 * page's policy lets none (`trusted-types 'none'`).
 */
export function elementsOf(nodes: readonly Node[], citations?: Citations): ReactNode {
  return createElement(Fragment, null, ...nodes.map((node) => elementOf(node, citations)));
}

function elementOf(node: Node, citations: Citations | undefined): ReactNode {
  if (typeof node === 'string') return citations ? withCitations(node, citations) : node;
  // A number in brackets is no citation within code or a link.
  const within = node.tag === 'code' || node.tag === 'a' ? undefined : citations;
  return createElement(node.tag, propsOf(node), ...node.children.map((child) => elementOf(child, within)));
}

/** Only a number that a source has becomes a link. What a model has invented stays text. */
function withCitations(text: string, citations: Citations): ReactNode {
  const parts = text.split(CITATION);
  if (parts.length === 1) return text;
  const nodes = parts.map((part, index) => {
    const number = Number(part);
    if (index % 2 === 0) return part;
    return number >= 1 && number <= citations.count ? citation(citations, number) : `[${part}]`;
  });
  return createElement(Fragment, null, ...nodes);
}

function propsOf(node: Element): Record<string, string | number> {
  return { ...directionProps(node), ...attributeProps(node.attributes) };
}

function directionProps({ tag, children }: Element): Record<string, string> {
  if (OWN_DIRECTION.includes(tag)) return { dir: 'auto' };
  if (DIRECTION_OF_CONTENT.includes(tag)) return { dir: directionOf(textOf(children)) };
  return tag === 'pre' ? { dir: 'ltr' } : {};
}

function attributeProps({ href, title, value, delimiter, align, language }: Attributes) {
  return {
    // What a model links to must neither replace the conversation nor learn where its reader came from.
    ...(href !== undefined && { href, target: '_blank', rel: 'noopener noreferrer nofollow' }),
    ...(title !== undefined && { title }),
    ...(value !== undefined && { value }),
    ...(value !== undefined && value >= WIDE_NUMBER && { 'data-wide': '' }),
    ...(delimiter !== undefined && { 'data-delimiter': delimiter }),
    ...(align !== undefined && { align }),
    ...(language !== undefined && { 'data-language': language }),
  };
}
