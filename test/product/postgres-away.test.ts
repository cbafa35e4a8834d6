import { Person, Transcript } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.stop());

test('a stream does not end when every connection to Postgres is cut in mid-answer', async () => {
  await cluster.worker();
  const person = await Person.register((await cluster.gateway()).url);
  const conversation = await person.newConversation();
  cluster.ollama.script({ text: Array.from({ length: 40 }, (_, n) => `${n} `), tokensPerSecond: 40 });
  const transcript = new Transcript();
  let chunks = 0;
  for await (const { frame } of person.sendAndStream(conversation, 'What helps?')) {
    transcript.take(frame);
    if (frame.type === 'chunk') chunks++;
    if (frame.type === 'chunk' && chunks % 5 === 0) await cutAll();
  }
  const done = transcript.frames.at(-1);
  if (done?.type !== 'done') throw new Error(`it ended with ${done?.type}`);
  expect(done.message.status).toBe('complete');
  expect(transcript.textOf(done.messageId)).toBe(done.message.content);
});

function cutAll(): Promise<void> {
  return withClient(cluster.database.url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  );
}
