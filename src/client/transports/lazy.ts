import { type Connection, disconnectOf, type Transport } from './transport.js';

/** A transport whose code is loaded when it is first used: most pages need one of them. */
export function lazy(load: () => Promise<Transport>): Transport {
  return (from, events) => {
    let connection: Connection | undefined;
    let isOver = false;

    async function open(): Promise<void> {
      const transport = await load();
      if (!isOver) connection = transport(from, events);
    }

    open().catch((thrown: unknown) => events.ended(disconnectOf(thrown)));
    return {
      close() {
        isOver = true;
        connection?.close();
      },
      cut() {
        isOver = true;
        connection?.cut();
      },
      ping: () => connection?.ping() ?? false,
    };
  };
}
