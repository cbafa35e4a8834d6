import type { Config } from '../config.js';
import { type Gateway, offersDemo } from './gateway.js';

/** Tells a newcomer, on the terminal, how to chat: in the embedded default, where nobody else can read it. */
export async function greet(config: Config, { port, signIn }: Gateway): Promise<void> {
  if (!signIn || !offersDemo(config)) return;
  const { accessToken } = await signIn.demo();
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  process.stderr.write(`
  veda-gateway is at ${url}. Open it in a browser to chat.

  A demo user's token, good for ${Math.round(config.accessTokenSeconds / 60)} minutes (more: curl -X POST ${url}/api/auth/demo):

    TOKEN=${accessToken}

  Begin a conversation, send a message and watch the answer come:

    ID=$(curl -s ${url}/api/conversations -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{}' | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')
    curl -N ${url}/api/conversations/$ID/messages -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d '{"text":"What helps against a cold?"}'

  Answers come from "${config.llmProvider}"; LLM_PROVIDER=ollama asks a model.
  This default is one process with its own database, for trying things out: no TLS, no second worker, no Redis.

`);
}
