import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start({ DRAIN_SECONDS: '1' });
});

afterEach(() => cluster.stop());

test.each(['killed', 'frozen'])(
  'with Redis %s in mid-answer, all of them exit 0 after SIGTERM',
  async (how) => {
    const [worker, gateway] = [await cluster.worker(), await cluster.gateway()];
    const person = await Person.register(gateway.url);
    const conversation = await person.newConversation();
    cluster.ollama.script({ text: ['Drink '], fault: 'stall', after: 1 });
    for await (const { frame } of person.sendAndStream(conversation, 'What helps?')) {
      if (frame.type === 'chunk') break;
    }
    if (how === 'killed') await cluster.redis.kill();
    else cluster.redis.freeze();
    try {
      expect(await Promise.all([worker.stop(), gateway.stop()])).toEqual([0, 0]);
    } finally {
      if (how === 'frozen') cluster.redis.thaw();
    }
  },
);
