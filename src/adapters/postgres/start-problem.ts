import { StartError } from '../../start-error.js';

/** By code of Postgres or of a socket. What the driver says is not repeated: it names users, hosts and databases. */
const PROBLEMS: Readonly<Record<string, string>> = {
  '28P01': 'Postgres refuses the user or the password',
  '28000': 'Postgres refuses the user',
  '3D000': 'the database does not exist',
  '42501': 'the user may not read the tables of the database',
  '53300': 'Postgres has no connection left',
  '57P03': 'Postgres is starting or stopping',
  '08P01': 'Postgres, or a pooler before it, refuses the connection',
  ECONNREFUSED: 'nothing listens at the address of Postgres',
  ENOTFOUND: 'the host of Postgres is not known',
  EAI_AGAIN: 'the host of Postgres is not known',
  ETIMEDOUT: 'Postgres does not answer',
};

/** Why the database cannot be used at the start, in one line with the error's code. */
export function startProblem(error: unknown): StartError {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const key = typeof code === 'string' ? code : String(name);
  const problem = PROBLEMS[key] ?? 'the database cannot be used';
  return new StartError(`DATABASE_URL: ${problem} (${key})`, { cause: error });
}
