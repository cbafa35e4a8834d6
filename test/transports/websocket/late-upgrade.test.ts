import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startTestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';

/** As a proxy does that keeps its connections to a gateway for whoever comes next. */
test('an upgrade over a connection that an event stream has just left does not keep a gateway from stopping', async () => {
  const app = await startTestApp({ DRAIN_SECONDS: '0' });
  const person = await Person.register(app.url);
  const id = await person.newConversation();
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${person.token}\r\n`;
  socket.write(`GET /api/conversations/${id}/stream HTTP/1.1\r\n${head}\r\n`);
  await once(socket, 'data');
  socket.on('data', (data) => {
    // The last chunk: draining has ended the stream.
    if (!String(data).endsWith('0\r\n\r\n')) return;
    socket.write(
      `GET /ws/conversations/${id} HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
  });
  const answers = text(socket);
  await app.stop();
  // Refused, or closed before it came: both are well, but it must not be served.
  expect(await answers).not.toContain('HTTP/1.1 101');
});
