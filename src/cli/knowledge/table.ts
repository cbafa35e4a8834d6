import type { DocumentSummary } from '../../knowledge/document.js';
import { inColumns, printable } from '../columns.js';

const HEAD = ['NAME', 'VERSION', 'STATE', 'PASSAGES', 'LANGUAGE', 'CURATED BY', 'REVIEW BY', 'TITLE'];

/** Documents for people to read, in columns, and below them why some are not embedded. */
export function documentsAsTable(documents: readonly DocumentSummary[]): string {
  const problems = documents
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem = '' }) => `${printable(name)}: not embedded: ${printable(problem)}`);
  return [inColumns([HEAD, ...documents.map(cellsOf)]), ...problems].join('\n');
}

function cellsOf(document: DocumentSummary): string[] {
  const { passages, embedded, reviewBy, overdue } = document;
  return [
    printable(document.name),
    String(document.version),
    document.state,
    embedded < passages ? `${embedded} of ${passages}` : String(passages),
    document.language,
    printable(document.curatedBy),
    reviewBy === undefined ? '-' : `${reviewBy}${overdue ? ' (overdue: not used)' : ''}`,
    printable(document.title),
  ];
}
