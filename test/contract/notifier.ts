import { randomUUID } from 'node:crypto';
import { conversationTopic, type Notifier, type Topic } from '../../src/kernel/notifier.js';

/** What every implementation of `Notifier` promises. `elsewhere` is the same one in another process, if there can be one. */
export function describeDoorbell(subject: () => { notifier: Notifier; elsewhere: Notifier }): void {
  /** Resolves at the next ring. */
  async function nextRing(notifier: Notifier, topic: Topic): Promise<{ ring: Promise<void> }> {
    let rung = (): void => {};
    const ring = new Promise<void>((resolve) => {
      rung = resolve;
    });
    const unsubscribe = await notifier.subscribe(topic, () => {
      unsubscribe();
      rung();
    });
    return { ring };
  }

  it.each<Topic>(['stops', 'sessions', conversationTopic(randomUUID())])(
    'is heard by all who listen to %s',
    async (topic) => {
      const { notifier, elsewhere } = subject();
      const listeners = await Promise.all(
        [notifier, notifier, elsewhere].map((bell) => nextRing(bell, topic)),
      );
      notifier.notify(topic);
      await Promise.all(listeners.map(({ ring }) => ring));
    },
  );

  it('is heard by nobody else, and no more by one who has left', async () => {
    const { notifier } = subject();
    const [topic, other] = [conversationTopic(randomUUID()), conversationTopic(randomUUID())];
    const heard: string[] = [];
    const unsubscribe = await notifier.subscribe(topic, () => heard.push('left'));
    const { ring } = await nextRing(notifier, topic);
    await notifier.subscribe(other, () => heard.push('other'));
    unsubscribe();
    unsubscribe();
    notifier.notify(topic);
    await ring;
    expect(heard).toEqual([]);
  });

  it('rings twice for one who listens twice with the same function', async () => {
    const { notifier } = subject();
    const topic = conversationTopic(randomUUID());
    let rings = 0;
    const onNotify = (): void => void rings++;
    const [unsubscribe] = [
      await notifier.subscribe(topic, onNotify),
      await notifier.subscribe(topic, onNotify),
    ];
    unsubscribe();
    const { ring } = await nextRing(notifier, topic);
    notifier.notify(topic);
    await ring;
    expect(rings).toBe(1);
  });
}
