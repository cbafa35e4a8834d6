// Sends one message and prints the answer as it is written. The library reconnects by itself, so this code does not deal
// with lost connections.
//
//   npm ci && npm start                                    # in one terminal
//   node examples/node.mjs "What helps against a cold?"    # in another, as a demo user
//   node examples/node.mjs --url https://chat.example.org --token "$(npx veda-gateway token)" "And against a cough?"
//
// In a project of yours: install the library (docs/client.md, "Install") and import '@veda-gateway/client' instead.
import { parseArgs } from 'node:util';
import { createClient, createSession } from 'veda-gateway/client';

const { values, positionals } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:3000' }, token: { type: 'string' } },
  allowPositionals: true,
});
const { url, token } = values;
const text = positionals.join(' ') || 'What helps against a cold?';

const client = createClient({ url, ...(token ? { token } : { getToken: await demoUser() }) });
const { id } = await client.conversations.create('An example');
const conversation = client.conversation(id);
const frames = conversation.frames();
const { messageId } = await conversation.send({ text });

for await (const frame of frames) {
  if (frame.messageId !== messageId) continue;
  if (frame.type === 'chunk') process.stdout.write(frame.data);
  // A server has crashed and lost some text: the answer comes again from its start.
  if (frame.type === 'reset') process.stdout.write('\n\n');
  if (frame.type === 'error') process.exitCode = 1;
  if (frame.type === 'done' || frame.type === 'error') break;
}
process.stdout.write('\n');
client.close();

async function demoUser() {
  const session = createSession({ url });
  await session.demo();
  return (refused) => session.getToken(refused);
}
