import { basename } from 'node:path';
import { type Command, parseArguments } from '../command.js';
import { CliError, EXIT, type ExitCode, usage } from '../exit.js';
import type { Terminal } from '../terminal.js';
import { withDocuments } from './documents.js';
import { documentIn } from './read-file.js';
import { documentsAsTable } from './table.js';

const HELP = `veda-gateway knowledge add FILE --by WHO [--review-by DAY] [--title TITLE] [--url URL] [--language CODE]
                           [--name NAME] [--wait] [--json]
veda-gateway knowledge list [--all] [--json]
veda-gateway knowledge remove FILE-OR-NAME [--json]

The documents that answers rest on (docs/knowledge.md), of the gateway whose DATABASE_URL is in the environment. Without
DATABASE_URL, of the embedded database under DATA_DIR, while the gateway does not run.

  add      stores a document: Markdown (.md), HTML (.html) or text (.txt). Workers embed it with EMBED_MODEL, and use it when
           they are through. Under the same name it replaces the version before
             --by WHO          who answers for its content
             --review-by DAY   the last day, such as 2027-06-30, on which it is used without a new review
             --title, --url    what readers see and where they find it; the title is otherwise its first heading
             --language CODE   its language, such as de; otherwise what the page says, or en
             --name NAME       what it is called in place of the name of the file
             --wait            embeds what waits here and now, with EMBED_MODEL and OLLAMA_HOST of the environment
  list     documents in use and documents that wait; with --all, versions that were replaced too
  remove   deletes a document with all its versions. Answers that rest on it keep the passages that they cite

  veda-gateway knowledge add fever.md --by 'Dr. A. Example' --review-by 2027-06-30 --url https://example.org/fever
`;

const JSON_OPTION = { json: { type: 'boolean' } } as const;

export const knowledge: Command = {
  help: HELP,
  async run([action, ...argv], terminal) {
    if (action === undefined) throw usage('what to do is missing: add, list or remove');
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw usage(`unknown action '${action}'`);
    return act(argv, terminal);
  },
};

type Action = (argv: readonly string[], terminal: Terminal) => Promise<ExitCode>;

const text = { type: 'string' } as const;

const ACTIONS: Readonly<Record<string, Action>> = {
  async add(argv, terminal) {
    const options = {
      ...JSON_OPTION,
      wait: { type: 'boolean' },
      by: text,
      'review-by': text,
      title: text,
      url: text,
      language: text,
      name: text,
    } as const;
    const { values, positionals } = parseArguments(argv, options, ['FILE']);
    const document = await documentIn(String(positionals[0]), values);
    const { name } = document;
    const added = await withDocuments(terminal.env, async (documents) => {
      const result = await documents.add(document);
      if (values.wait && result.kind !== 'full') await documents.embed();
      return result;
    });
    if (added.kind === 'full') {
      throw new CliError(
        `not added: there would be more than ${added.limit} passages; remove a document first`,
      );
    }
    const state = values.wait ? 'in use' : 'waits to be embedded';
    const said =
      added.kind === 'unchanged'
        ? `${name} is unchanged (version ${added.version})`
        : `added ${name}, version ${added.version}: ${added.passages} passages, ${state}`;
    return say(terminal, values.json, { name, ...added }, said);
  },

  async list(argv, terminal) {
    const { all, json } = parseArguments(argv, { ...JSON_OPTION, all: { type: 'boolean' } }).values;
    const documents = await withDocuments(terminal.env, (store) => store.list(all));
    return say(terminal, json, documents, documentsAsTable(documents));
  },

  async remove(argv, terminal) {
    const { values, positionals } = parseArguments(argv, JSON_OPTION, ['FILE-OR-NAME']);
    const named = String(positionals[0]);
    const [name, versions] = await withDocuments(terminal.env, async (documents) => {
      const removed = await documents.remove(named);
      const file = basename(named);
      return removed > 0 || file === named
        ? ([named, removed] as const)
        : ([file, await documents.remove(file)] as const);
    });
    if (versions === 0) throw new CliError(`there is no document '${name}'`);
    return say(
      terminal,
      values.json,
      { name, versions },
      `removed ${name}, ${versions} version${versions === 1 ? '' : 's'}`,
    );
  },
};

function say({ stdout }: Terminal, json: boolean | undefined, result: unknown, said: string): ExitCode {
  stdout.write(`${json ? JSON.stringify(result) : said}\n`);
  return EXIT.ok;
}
