import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AccountLimits } from '../account/account-limits.js';
import type { Principal } from '../account/principal.js';
import type { Attachments } from '../conversation/attachments.js';
import type { DialectRequestStore, RequestFile } from '../conversation/dialect-requests.js';
import type { SendResult } from '../conversation/message-service.js';
import type { Commands } from '../gateway/commands.js';
import type { GivenTurn } from '../generation/given-turns.js';
import { AppError } from '../kernel/errors.js';
import { newMessage } from '../schemas/message-schemas.js';
import { parse } from '../schemas/validate.js';

export interface SenderPorts {
  readonly commands: Commands;
  readonly requests: DialectRequestStore<object>;
  readonly attachments: Attachments;
  readonly limits: AccountLimits;
}

/** A message as another protocol brings it. */
export interface DialectMessage {
  readonly text: string;
  /** Its `client_message_id`. */
  readonly key?: string | undefined;
  /** Files inside the message, in its order. */
  readonly files: readonly Buffer[];
  /** Which model is to answer; absent: the default. */
  readonly model?: string | undefined;
  readonly turns?: readonly GivenTurn[];
  readonly fields?: object;
}

/** Stands for an id in a check that comes before the upload. */
const NO_ID = '00000000-0000-0000-0000-00000000000';

/** Sends the messages of other protocols: their files become attachments, and what came beside them is kept. */
export class Sender {
  readonly #ports: SenderPorts;

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  /** Refuses what no conversation would take, before one is made for it. @throws AppError `bad_request` */
  check({ text, key, files }: DialectMessage): void {
    parse(newMessage, {
      text,
      client_message_id: key,
      attachments: files.map((_, index) => NO_ID + index),
    });
    if (text === '' && files.length === 0) throw new AppError('bad_request', 'the message must not be empty');
  }

  /**
   * Sends it to a conversation of the user. The same message again has the same attachments, and so the same answer.
   * @throws AppError `idempotency_mismatch`, and those of `Attachments.add` and `Commands.send`
   */
  async send(
    principal: Principal,
    conversationId: string,
    { text, key = randomUUID(), files, model, turns = [], fields }: DialectMessage,
  ): Promise<SendResult> {
    const message = { text, client_message_id: key, ...(model !== undefined && { model }) };
    const { commands, requests } = this.#ports;
    if (files.length === 0 && !fields) return commands.send(principal, conversationId, message);
    const known = await requests.filesOf(conversationId, key);
    const mine = await this.#filesFor(principal, files, known);
    const kept = await requests.keep(conversationId, key, { turns, fields: fields ?? {}, files: mine });
    await this.#removeUnused(principal, mine, [...(known ?? []), ...(kept ?? [])]);
    if (!kept) {
      throw new AppError('idempotency_mismatch', 'this id was used for a message with other files or turns');
    }
    const attachments = kept.map(({ attachmentId }) => attachmentId);
    return commands.send(principal, conversationId, { ...message, attachments });
  }

  /** The attachments that these files are already, or become now. */
  async #filesFor(
    { userId }: Principal,
    files: readonly Buffer[],
    known: readonly RequestFile[] | undefined,
  ): Promise<RequestFile[]> {
    const { attachments, limits } = this.#ports;
    const taken: RequestFile[] = [];
    for (const file of files) {
      const digest = createHash('sha256').update(file).digest('base64url');
      const same = known?.find((one) => one.digest === digest);
      if (same) {
        taken.push(same);
        continue;
      }
      await limits.consume('uploads', userId);
      const { id } = await attachments.add(userId, (take) => take(Readable.from([file])));
      taken.push({ digest, attachmentId: id });
    }
    return taken;
  }

  /** Removes attachments that were made for nothing: the same message came twice at the same moment, or another was there. */
  async #removeUnused(
    { userId }: Principal,
    mine: readonly RequestFile[],
    others: readonly RequestFile[],
  ): Promise<void> {
    const used = new Set(others.map(({ attachmentId }) => attachmentId));
    for (const { attachmentId } of mine) {
      // What stays is removed after a day, as every attachment that no message has.
      if (!used.has(attachmentId)) await this.#ports.attachments.remove(userId, attachmentId).catch(() => {});
    }
  }
}
