import { createHash } from 'node:crypto';
import Koa from 'koa';
import request from 'supertest';
import { docsRoutes } from '../../../src/transports/http/docs-routes.js';

const app = new Koa().use(docsRoutes().routes()).callback();

test('the description is OpenAPI, as JSON', async () => {
  const answer = await request(app).get('/openapi.json').expect(200).expect('Content-Type', /json/);
  expect(answer.body).toMatchObject({ openapi: '3.1.0', info: { title: 'veda-gateway' } });
});

test('the page names every operation and every schema', async () => {
  const { text } = await request(app).get('/docs').expect(200).expect('Content-Type', /html/);
  const { body } = await request(app).get('/openapi.json');
  for (const path of Object.keys(body.paths)) expect(text).toContain(`<code>${path}</code>`);
  const ids = [...text.matchAll(/ id="(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids)).toEqual(new Set(Object.keys(body.components.schemas)));
  for (const [, target] of text.matchAll(/href="#(\w+)"/g)) expect(ids).toContain(target);
});

test('the page needs nothing else, and its policy lets nothing else in', async () => {
  const { text, headers } = await request(app).get('/docs');
  expect(text).not.toMatch(/<script|<link|<img| src=|@import|url\(|https?:/);
  const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = headers['content-security-policy'];
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).not.toContain('unsafe');
});

test.each(['/openapi.json', '/asyncapi.json', '/docs'])(
  '%s is not sent again to a client that has it',
  async (path) => {
    const { headers } = await request(app).get(path).expect(200);
    const etag = String(headers['etag']);
    expect((await request(app).get(path).set('If-None-Match', etag).expect(304)).text).toBe('');
    await request(app).get(path).set('If-None-Match', '"another"').expect(200);
  },
);
