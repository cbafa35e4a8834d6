import { randomUUID } from 'node:crypto';
import { conversationTopic, type Doorbell, type Topic } from '../../src/generation/doorbell.js';

/** What every implementation of `Doorbell` promises. `elsewhere` is the same one in another process, if there can be one. */
export function describeDoorbell(subject: () => { doorbell: Doorbell; elsewhere: Doorbell }): void {
  /** Resolves at the next ring. */
  async function nextRing(doorbell: Doorbell, topic: Topic): Promise<{ ring: Promise<void> }> {
    let rung = (): void => {};
    const ring = new Promise<void>((resolve) => {
      rung = resolve;
    });
    const unlisten = await doorbell.listen(topic, () => {
      unlisten();
      rung();
    });
    return { ring };
  }

  it.each<Topic>(['stops', 'sessions', conversationTopic(randomUUID())])(
    'is heard by all who listen to %s',
    async (topic) => {
      const { doorbell, elsewhere } = subject();
      const listeners = await Promise.all(
        [doorbell, doorbell, elsewhere].map((bell) => nextRing(bell, topic)),
      );
      doorbell.ring(topic);
      await Promise.all(listeners.map(({ ring }) => ring));
    },
  );

  it('is heard by nobody else, and no more by one who has left', async () => {
    const { doorbell } = subject();
    const [topic, other] = [conversationTopic(randomUUID()), conversationTopic(randomUUID())];
    const heard: string[] = [];
    const unlisten = await doorbell.listen(topic, () => heard.push('left'));
    const { ring } = await nextRing(doorbell, topic);
    await doorbell.listen(other, () => heard.push('other'));
    unlisten();
    unlisten();
    doorbell.ring(topic);
    await ring;
    expect(heard).toEqual([]);
  });

  it('rings twice for one who listens twice with the same function', async () => {
    const { doorbell } = subject();
    const topic = conversationTopic(randomUUID());
    let rings = 0;
    const onRing = (): void => void rings++;
    const [unlisten] = [await doorbell.listen(topic, onRing), await doorbell.listen(topic, onRing)];
    unlisten();
    const { ring } = await nextRing(doorbell, topic);
    doorbell.ring(topic);
    await ring;
    expect(rings).toBe(1);
  });
}
