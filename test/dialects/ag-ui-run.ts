import { randomUUID } from 'node:crypto';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Person } from '../support/client.js';

export interface AgUiEvent {
  readonly type: string;
  /** Of a custom event. */
  readonly name?: string;
}

/** All events of a run of AG-UI that answers this message. */
export async function agUiRun(person: Person, content: string): Promise<AgUiEvent[]> {
  const response = await person.open('POST', '/api/ag-ui', {
    threadId: randomUUID(),
    runId: randomUUID(),
    messages: [{ id: randomUUID(), role: 'user', content }],
    tools: [],
    context: [],
    state: {},
    forwardedProps: {},
  });
  const parsed = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const events: AgUiEvent[] = [];
  for await (const { data } of parsed ?? []) events.push(JSON.parse(data) as AgUiEvent);
  return events;
}
