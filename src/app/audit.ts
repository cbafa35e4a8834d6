import { readFile } from 'node:fs/promises';
import { uuidv7 } from 'uuidv7';
import { PostgresAuditStore } from '../adapters/postgres/audit-store.js';
import { keepSecret } from '../adapters/secret-file.js';
import { AuditTrail } from '../audit/trail.js';
import type { AuditConfig } from '../config.js';
import type { MessageService } from '../conversation/message-service.js';
import { AuditedCommands } from '../gateway/audited-commands.js';
import type { Commands } from '../gateway/commands.js';
import type { Audit } from '../kernel/audit.js';
import type { Lifecycle } from '../lifecycle.js';
import { StartError } from '../start-error.js';
import { AuditedIdentity } from '../transports/audited-identity.js';
import type { SocketIdentity } from '../transports/socket-identity.js';
import { dataFile, type Infrastructure } from './infrastructure.js';

/** The audit trail of this process, if there is one. What it still holds is written before the database disconnects. */
export async function openAudit(
  config: AuditConfig,
  { database, clock }: Pick<Infrastructure, 'database' | 'clock'>,
  onFailure: (error: unknown) => void,
  lifecycle: Lifecycle,
): Promise<Audit | undefined> {
  if (!config.auditLog) return undefined;
  const trail = new AuditTrail({
    store: new PostgresAuditStore(database),
    clock,
    key: await auditKey(config),
    writer: uuidv7(),
    onFailure,
  });
  trail.start();
  lifecycle.onStop(() => trail.stop());
  return trail;
}

/** Who opens sockets, and what they may do. */
export interface SocketDoor {
  readonly commands: Commands;
  readonly identity: SocketIdentity;
}

/** What sockets use in place of the plain ones, so that what is done over them is recorded. */
export function auditedSockets(
  audit: Audit,
  messages: MessageService,
  ...identityOf: ConstructorParameters<typeof SocketIdentity>
): SocketDoor {
  const identity = new AuditedIdentity(audit, ...identityOf);
  const commands = new AuditedCommands(messages, audit, (principal) => identity.whence(principal));
  return { commands, identity };
}

/**
 * What an event stream of all conversations uses, so that each conversation that it reads is recorded: the request, which is
 * recorded as `streamAll` too, names none. The stream was opened from `address`.
 */
export function auditedStream(audit: Audit, messages: MessageService, address: string): Commands {
  return new AuditedCommands(messages, audit, () => address, 'streamAll');
}

/** The same in every process, so that one key verifies all chains. @throws StartError when the file cannot be used. */
export async function auditKey(config: Pick<AuditConfig, 'auditKeyFile' | 'dataDir'>): Promise<Buffer> {
  const { auditKeyFile } = config;
  if (auditKeyFile === undefined) return Buffer.from(await keepSecret(dataFile(config, 'audit-key')));
  const key = await readFile(auditKeyFile).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`AUDIT_KEY_FILE cannot be read: ${error.code}`, { cause: error });
  });
  const text = Buffer.from(key.toString('utf8').trim());
  if (text.length < LEAST_BYTES)
    throw new StartError(`AUDIT_KEY_FILE must have ${LEAST_BYTES} bytes at least`);
  return text;
}

const LEAST_BYTES = 32;
