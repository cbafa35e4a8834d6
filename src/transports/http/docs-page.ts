import type { JsonSchema } from '../../schemas/json-schema.js';
import type { OpenApiDocument, OpenApiOperation } from '../../schemas/openapi.js';

/** The page's style; its hash is in the page's policy. */
export const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; font: 16px/1.5 system-ui, sans-serif; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; }
code, .method { font-family: ui-monospace, monospace; font-size: .9em; }
.method { display: inline-block; min-width: 4.5em; font-weight: 600; }
.summary { display: block; margin-left: 4.5em; opacity: .75; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .95em; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; }
td:first-child { width: 11rem; overflow-wrap: anywhere; }
`;

/** The description as a page that needs nothing else: no script, no font, no request. */
export function docsPage(description: OpenApiDocument): string {
  const { info, tags, components } = description;
  const groups = tags.map(({ name }) => section(name, operationsOf(description, name)));
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escape(name)}"><summary><code>${escape(name)}</code></summary>${shape(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)} ${escape(info.version)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(info.title)} ${escape(info.version)}</h1>
<p>${escape(info.description)} For machines: <a href="/openapi.json">/openapi.json</a>.</p>
${groups.join('\n')}
${section('Schemas', schemas)}
</body>
</html>
`;
}

function section(title: string, parts: readonly string[]): string {
  return `<section><h2>${escape(title)}</h2>\n${parts.join('\n')}\n</section>`;
}

function operationsOf({ paths }: OpenApiDocument, tag: string): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => described(method, path, operation)),
  );
}

function described(method: string, path: string, operation: OpenApiOperation): string {
  const { summary, security, parameters, requestBody, responses } = operation;
  const open = security.length === 0 ? ' <em>open</em>' : '';
  const given = parameters.map(({ name, in: place, required, description, schema }) => [
    `<code>${escape(name)}</code>`,
    `${place}${required ? '' : ', optional'}`,
    [typeOf(schema), escape(description ?? '')].filter((text) => text !== '').join('. '),
  ]);
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => [
    `<code>${escape(status)}</code>`,
    escape(description),
    Object.entries(content)
      .map(([type, { schema }]) => `${typeOf(schema)} <small>${escape(type)}</small>`)
      .join(', '),
  ]);
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  return `<details><summary><span class="method">${escape(method.toUpperCase())}</span><code>${escape(path)}</code>${open}<span class="summary">${escape(summary)}</span></summary>
${table(['Parameter', 'In', ''], given)}
${body ? `<p>Body, JSON:</p>${shape(body)}` : ''}
${table(['Answer', '', 'Content'], answers)}</details>`;
}

/** The fields of an object, or the objects of a union. */
function shape(schema: JsonSchema): string {
  const { properties, required = [] } = schema;
  const variants = schema.oneOf ?? schema.anyOf;
  if (!properties && variants) return variants.map((variant) => shape(variant)).join('\n');
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [
    `<code>${escape(name)}</code>`,
    required.includes(name) ? '' : 'optional',
    typeOf(field as JsonSchema),
  ]);
  return table(['Field', '', 'Type'], fields) || `<p>${typeOf(schema)}</p>`;
}

function typeOf(schema: JsonSchema): string {
  return (
    [nameOf(schema), ...limitsOf(schema)].join(', ') +
    (schema.description ? `: ${escape(schema.description)}` : '')
  );
}

function nameOf(schema: JsonSchema): string {
  const { $ref, type, items, enum: values, format } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ($ref) {
    const name = escape($ref.split('/').at(-1) ?? '');
    return `<a href="#${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (values) return values.map((value) => `<code>${escape(JSON.stringify(value))}</code>`).join(' | ');
  if (alternatives) return alternatives.map((alternative) => nameOf(alternative)).join(' | ');
  if (type === 'array') return `list of ${nameOf((items ?? {}) as JsonSchema)}`;
  if (schema.properties) return `{${Object.keys(schema.properties).map(escape).join(', ')}}`;
  return escape([type ?? 'any'].flat().join(' | ') + (format ? ` (${format})` : ''));
}

function limitsOf({ minimum, maximum, minLength, maxLength, default: usual }: JsonSchema): string[] {
  return [
    ...(minimum !== undefined ? [`at least ${minimum}`] : []),
    ...(maximum !== undefined ? [`at most ${maximum}`] : []),
    ...(minLength !== undefined ? [`at least ${minLength} characters`] : []),
    ...(maxLength !== undefined ? [`at most ${maxLength} characters`] : []),
    ...(usual !== undefined ? [`default <code>${escape(JSON.stringify(usual))}</code>`] : []),
  ];
}

/** Cells are HTML. Nothing for no rows. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const head = heads.map((cell) => `<th>${escape(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<table><tr>${head}</tr>\n${body}</table>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
