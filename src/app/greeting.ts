import type { Config } from '../config.js';
import type { Gateway } from './gateway.js';
import { offersDemo } from './sign-in.js';

/** Prints on the terminal how to chat. Only in the embedded default on loopback, where nobody else reads it. */
export async function greet(config: Config, { port, signIn }: Gateway): Promise<void> {
  if (!signIn || !offersDemo(config)) return;
  const { accessToken } = (await signIn.demo('this process')).result;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  process.stderr.write(`
  veda-gateway is at ${url}. Open it in a browser to chat.

  A demo user's token, valid for ${Math.round(config.accessTokenSeconds / 60)} minutes (more: curl -X POST ${url}/api/auth/demo):

    TOKEN=${accessToken}

  Create a conversation, send a message and watch the answer come:

    ID=$(curl -s ${url}/api/conversations -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{}' | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')
    curl -N ${url}/api/conversations/$ID/messages -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d '{"text":"What helps against a cold?"}'

  Answers come from "${config.llmProvider}"; LLM_PROVIDER=ollama asks a model.
  This default is one process with its own database, to try things out. It has no TLS, no Redis and one worker.

`);
}
