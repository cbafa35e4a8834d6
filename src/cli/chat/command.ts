import { readFile } from 'node:fs/promises';
import { type Client, createClient } from '../../client/index.js';
import { type Command, oneOf, parseArguments } from '../command.js';
import { usage } from '../exit.js';
import { gatewayUrl, URL_HELP, URL_OPTION } from '../gateway-url.js';
import { IDENTITY_HELP, IDENTITY_OPTIONS, identityOf } from '../identity.js';
import { toCliError, tokenSource } from '../sign-in.js';
import type { Terminal } from '../terminal.js';
import { ChatSession } from './chat-session.js';
import { runInteractive } from './interactive.js';
import { Notices } from './notices.js';
import { runPiped } from './piped.js';
import { StatusLine } from './status-line.js';
import { TRANSPORTS } from './transports.js';

const HELP = `veda-gateway chat [--url URL] [--token TOKEN | --email EMAIL | --demo] [options]

A chat with a gateway, line by line. Answers are printed as they are written, and continue after a lost connection. At a
terminal, /help lists the commands; Ctrl-C stops an answer, Ctrl-C or Ctrl-D at the prompt ends the chat. With a pipe as
stdin, each line is a message, also one that begins with /, and the next one waits for the answer.

${URL_HELP}
${IDENTITY_HELP}
  --conversation ID  continues this conversation; without it a new one begins
  --attach FILE      a picture or a recording that goes with the first message; may be given several times
  --transport NAME   auto, ${TRANSPORTS.join(', ')}; auto takes the first that works

stdout has the text of answers alone. If an answer has to start over, the line "--- the answer starts over ---" is printed,
and then all of it again. Nothing is kept between runs: a demo user's conversations can only be read in the same run.

Exit codes: 0 the chat ended, or every line was answered; 1 an answer failed, or the gateway cannot be reached; 2 the
command line is wrong; 130 Ctrl-C while reading a pipe.

  veda-gateway chat
  echo 'What is this?' | veda-gateway chat --attach rash.jpg
  echo 'What helps against a cold?' | veda-gateway chat --url https://chat.example.org --token "$TOKEN" --transport sse
`;

const OPTIONS = {
  ...URL_OPTION,
  ...IDENTITY_OPTIONS,
  conversation: { type: 'string' },
  attach: { type: 'string', multiple: true },
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
    const files = await Promise.all((values.attach ?? []).map(fileAt));
    // If stdin is a pipe, its lines are messages, not the password.
    const who = await identityOf(values, terminal, { fromPipe: false });
    const source = await tokenSource(url, who);
    const client = createClient({ url, ...source, ...(transport !== 'auto' && { transports: [transport] }) });
    try {
      const { id } = await open(client, values.conversation);
      return await chatIn(client, { id, files }, terminal);
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

/** @throws CliError when it cannot be read; nothing was done then. */
async function fileAt(path: string): Promise<Blob> {
  try {
    return new Blob([await readFile(path)]);
  } catch (error) {
    throw usage(`--attach: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

interface Opened {
  readonly id: string;
  readonly files: readonly Blob[];
}

async function chatIn(client: Client, { id, files }: Opened, terminal: Terminal) {
  const notices = new Notices(terminal);
  const isTyped = terminal.stdin.isTTY;
  const status = new StatusLine({ say: notices.say, reportsLive: isTyped });
  const session = new ChatSession(client.conversation(id), {
    out: terminal.stdout,
    notice: notices.say,
    files,
    onView: (view) => status.update(view),
  });
  notices.isMidLine = () => session.isMidLine;
  if (!isTyped) return runPiped(session, terminal);
  notices.say(`conversation ${id}; /help lists the commands`);
  return runInteractive({ client, session: session, notices }, terminal);
}
