import type { Administration } from '../../account/administration.js';
import { registration } from '../../schemas/account-schemas.js';
import { parse } from '../../schemas/validate.js';
import { type Command, parseArguments } from '../command.js';
import { EXIT, type ExitCode, usage } from '../exit.js';
import { PASSWORD_HELP, readPassword } from '../password.js';
import type { Terminal } from '../terminal.js';
import { usersAsTable } from './table.js';
import { withUsers } from './users.js';

const HELP = `veda-gateway user add --email EMAIL [--name NAME] [--json]
veda-gateway user list [--json]
veda-gateway user passwd EMAIL-OR-ID [--json]
veda-gateway user sign-out EMAIL-OR-ID [--json]
veda-gateway user export EMAIL-OR-ID
veda-gateway user delete EMAIL-OR-ID [--json]

Users of the gateway whose DATABASE_URL is in the environment; REDIS_URL too, if it has one. Without DATABASE_URL, of the
embedded database under DATA_DIR, while the gateway does not run.

  add        an account that signs in with email and password
  list       all users, demo users too, with how many conversations and sessions they have
  passwd     another password; ends all sessions
  sign-out   ends all sessions, and their streams within a second
  export     prints everything that is kept of the user, as one JSON document
  delete     erases the user with all conversations and sessions; running answers are stopped (also: remove)

${PASSWORD_HELP}
A token without a session (veda-gateway token --sub, another issuer's) is valid until it expires or the user is deleted.

  DATABASE_URL=postgres://… veda-gateway user add --email ada@example.org --name Ada
  veda-gateway user list --json | jq -r '.[] | select(.kind == "demo").id' | xargs -n1 veda-gateway user delete
`;

const JSON_OPTION = { json: { type: 'boolean' } } as const;

export const user: Command = {
  help: HELP,
  async run([action, ...argv], terminal) {
    if (action === undefined)
      throw usage('what to do is missing: add, list, passwd, sign-out, export or delete');
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw usage(`unknown action '${action}'`);
    return act(argv, terminal);
  },
};

type Action = (argv: readonly string[], terminal: Terminal) => Promise<ExitCode>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async add(argv, terminal) {
    const options = { ...JSON_OPTION, email: { type: 'string' }, name: { type: 'string' } } as const;
    const { email, name, json } = parseArguments(argv, options).values;
    if (email === undefined) throw usage('--email is missing');
    const password = await readPassword(terminal, { twice: true });
    const wanted = parse(registration, { email, password, ...(name !== undefined && { name }) });
    const added = await withUsers(terminal.env, (users) => users.add(wanted));
    return say(terminal, json, added, `added ${added.email} (${added.id})`);
  },

  async list(argv, terminal) {
    const { json } = parseArguments(argv, JSON_OPTION).values;
    const users = await withUsers(terminal.env, (administration) => administration.list());
    return say(terminal, json, users, usersAsTable(users));
  },

  async passwd(argv, terminal) {
    const { who, json } = parseUser(argv);
    const typed = await readPassword(terminal, { twice: true });
    const { password } = parse(registration.pick({ password: true }), { password: typed });
    return act(terminal, json, async (users) => {
      const sessions = await users.changePassword(who, password);
      return [{ sessions }, `changed; ${counted(sessions, 'session')} ended`];
    });
  },

  async 'sign-out'(argv, terminal) {
    const { who, json } = parseUser(argv);
    return act(terminal, json, async (users) => {
      const sessions = await users.signOut(who);
      return [{ sessions }, `${counted(sessions, 'session')} ended`];
    });
  },

  async export(argv, terminal) {
    const { positionals } = parseArguments(argv, {}, ['EMAIL-OR-ID']);
    await withUsers(terminal.env, async (users) => {
      for await (const piece of users.export(String(positionals[0]))) {
        terminal.stdout.write(piece);
        await terminal.stdout.drained();
      }
    });
    return EXIT.ok;
  },

  delete: deleteUser,
  remove: deleteUser,
};

async function deleteUser(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { who, json } = parseUser(argv);
  return act(terminal, json, async (users) => {
    const deleted = await users.delete(who);
    const left = deleted.logsErased
      ? ''
      : '; Redis was not reached: a worker erases the text of recent answers there when it is back';
    return [deleted, `deleted, with ${counted(deleted.answers, 'answer')}${left}`];
  });
}

function parseUser(argv: readonly string[]): { who: string; json: boolean | undefined } {
  const { values, positionals } = parseArguments(argv, JSON_OPTION, ['EMAIL-OR-ID']);
  return { who: String(positionals[0]), json: values.json };
}

/** `work` returns what was done, as JSON and as a sentence. */
async function act(
  terminal: Terminal,
  json: boolean | undefined,
  work: (users: Administration) => Promise<[result: unknown, said: string]>,
): Promise<ExitCode> {
  const [result, said] = await withUsers(terminal.env, work);
  return say(terminal, json, result, said);
}

function say({ stdout }: Terminal, json: boolean | undefined, result: unknown, said: string): ExitCode {
  stdout.write(`${json ? JSON.stringify(result) : said}\n`);
  return EXIT.ok;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
