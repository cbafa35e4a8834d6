import { answers, Clients, hasEnded, isLive, viewWhere } from '../client/support.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { type Nginx, startNginx } from '../support/nginx.js';
import { findings } from './doctor.js';

/** A common configuration without any of the settings that streams need. */
const CONFIG = `
user www-data;
events {}
http {
    access_log off;
    gzip on;
    gzip_types *;
    gzip_proxied any;
    server {
        listen 80;
        location / {
            proxy_pass http://gateway;
            proxy_buffering on;
            proxy_ignore_headers X-Accel-Buffering;
        }
    }
}
`;

let app: TestApp;
let nginx: Nginx;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  app = await startTestApp({ DEV_LLM_TOKENS_PER_SECOND: '100' });
  nginx = await startNginx(CONFIG.replace('http://gateway', app.url));
  person = await Person.register(nginx.url);
});

afterEach(() => clients.closeAll());
afterAll(async () => {
  await nginx.stop();
  await app.stop();
});

test('behind an nginx that passes neither sockets nor streams, the answer comes all the same', async () => {
  const conversation = clients.of(person).conversation(await person.newConversation());
  const text = 'नमस्ते, 👩🏽‍⚕️ how are you? '.repeat(20);
  const { messageId } = await conversation.send({ text });
  expect(await viewWhere(conversation, isLive)).toMatchObject({ transport: 'polling' });
  const view = await viewWhere(conversation, hasEnded(messageId));
  const { body } = await person.call('GET', `/api/conversations/${conversation.id}/messages/${messageId}`);
  expect(answers(view)).toEqual([{ ...body, stopping: false }]);
  expect(body).toMatchObject({ status: 'complete', content: expect.stringContaining(text) });
});

test('the doctor names the faults, and the lines to write', async () => {
  const found = await findings(nginx.url, person);
  const adviceOn = (about: string) => found.find((finding) => finding.about === about)?.advice;
  expect(adviceOn('buffering')).toContain('proxy_buffering off');
  expect(adviceOn('websocket')).toContain('proxy_set_header Upgrade $http_upgrade');
  expect(adviceOn('socket.io')).toContain('proxy_set_header Upgrade $http_upgrade');
});
