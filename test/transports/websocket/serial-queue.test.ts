import { SerialQueue } from '../../../src/transports/websocket/serial-queue.js';
import { openSocketPair } from '../../support/socket-pair.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a client that asks and reads no answer is not listened to, until it reads', async () => {
  const { socket, client, close } = await openSocketPair();
  const queue = new SerialQueue(socket);
  const asked: number[] = [];
  socket.on('message', (data: Buffer) => {
    queue.add(async () => {
      asked.push(data.readUInt32BE());
      await new Promise<void>((resolve) => socket.send('x'.repeat(100_000), () => resolve()));
    });
  });
  client.pause();
  const count = 3000;
  for (let number = 0; number < count; number++) {
    const question = Buffer.alloc(10_000);
    question.writeUInt32BE(number);
    client.send(question);
  }
  for (let idle = 0, before = -1; idle < 500; idle = before === asked.length ? idle + 1 : 0) {
    before = asked.length;
    await turn();
  }
  expect(asked.length).toBeLessThan(500);
  expect(client.bufferedAmount).toBeGreaterThan(0);
  expect(socket.bufferedAmount).toBeLessThan(200_000);

  client.resume();
  while (asked.length < count) await turn();
  expect(asked).toEqual(Array.from({ length: count }, (_, number) => number));
  await close();
});
