import { type Client, createClient } from '../../client/index.js';
import { type Command, oneOf, parseArguments } from '../command.js';
import { usage } from '../exit.js';
import { gatewayUrl, URL_HELP, URL_OPTION } from '../gateway-url.js';
import { IDENTITY_HELP, IDENTITY_OPTIONS, identityOf } from '../identity.js';
import { toCliError, tokenSource } from '../sign-in.js';
import type { Terminal } from '../terminal.js';
import { talkAtPrompt } from './interactive.js';
import { Notices } from './notices.js';
import { talkByLines } from './piped.js';
import { StatusLine } from './status-line.js';
import { Talk } from './talk.js';
import { TRANSPORTS } from './transports.js';

const HELP = `veda-gateway chat [--url URL] [--token TOKEN | --email EMAIL | --demo] [options]

Talks to a gateway, line by line; answers are printed as they are written. After a lost connection they go on where they
were. At a terminal, /help shows what else can be done; Ctrl-C stops an answer, Ctrl-C or Ctrl-D at the prompt leaves.
With a pipe as stdin, each line is a message, whatever it begins with, and the next one waits for the answer.

${URL_HELP}
${IDENTITY_HELP}
  --conversation ID  goes on with this conversation; a new one is begun otherwise
  --transport NAME   auto, ${TRANSPORTS.join(', ')}; auto takes the first that gets through

stdout has the text of answers alone. Should an answer have to start over, a line "--- the answer starts over ---" says so,
and all of it comes again. Nothing is kept between runs; a demo user's conversations can only be read in the same run.

Exit codes: 0 left, or every line was answered; 1 an answer failed, or the gateway cannot be reached; 2 the command line is
wrong; 130 a pipe was interrupted with Ctrl-C.

  veda-gateway chat
  echo 'What helps against a cold?' | veda-gateway chat --url https://chat.example.org --token "$TOKEN" --transport sse
`;

const OPTIONS = {
  ...URL_OPTION,
  ...IDENTITY_OPTIONS,
  conversation: { type: 'string' },
  transport: { type: 'string' },
} as const;

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const chat: Command = {
  help: HELP,
  async run(argv, terminal) {
    const { values } = parseArguments(argv, OPTIONS);
    const url = gatewayUrl(values.url, terminal);
    const transport = oneOf('transport', values.transport ?? 'auto', ['auto', ...TRANSPORTS]);
    if (values.conversation !== undefined && !ID.test(values.conversation)) {
      throw usage('--conversation must be the id of a conversation');
    }
    // Stdin has the messages, if nobody sits at it.
    const who = await identityOf(values, terminal, { fromPipe: false });
    const source = await tokenSource(url, who);
    const client = createClient({ url, ...source, ...(transport !== 'auto' && { transports: [transport] }) });
    try {
      const { id } = await open(client, values.conversation);
      return await talk(client, id, terminal);
    } catch (error) {
      throw toCliError(error, url);
    } finally {
      client.close();
    }
  },
};

function open(client: Client, id: string | undefined): Promise<{ id: string }> {
  return id === undefined ? client.conversations.create() : client.conversations.get(id);
}

async function talk(client: Client, id: string, terminal: Terminal) {
  const notices = new Notices(terminal);
  const isTyped = terminal.stdin.isTTY;
  const status = new StatusLine({ say: notices.say, tellsGoodNews: isTyped });
  const talking = new Talk(client.conversation(id), {
    out: terminal.stdout,
    notice: notices.say,
    onView: (view) => status.update(view),
  });
  notices.isMidLine = () => talking.isMidLine;
  if (!isTyped) return talkByLines(talking, terminal);
  notices.say(`conversation ${id}; /help shows what can be done`);
  return talkAtPrompt({ client, talk: talking, notices }, terminal);
}
