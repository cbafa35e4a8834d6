import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditEvent } from '../kernel/audit.js';

/** An event in the chain of the process that wrote it. */
export interface AuditEntry extends AuditEvent {
  /** The process, a UUID made at its start. */
  readonly writer: string;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** ISO 8601 UTC, in ms. */
  readonly at: string;
  /** Of the first entry: the newest entry of another process at that time. So no whole chain can be removed unnoticed. */
  readonly after?: EntryRef | undefined;
  /** Over the hash before it and every field of this entry. */
  readonly hash: Buffer;
}

export interface EntryRef {
  readonly writer: string;
  readonly seq: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** The last entry of a chain, signed: without the key nobody can cut a chain and sign its new end. */
export interface SignedHead extends EntryRef {
  readonly signature: Buffer;
}

/** What the first entry of a chain is hashed with. */
export const NO_HASH = Buffer.alloc(32);

/** The hash of an entry: SHA-256 over the one before and the entry's fields as a JSON array, in this order for ever. */
export function hashOf(previous: Buffer, entry: Omit<AuditEntry, 'hash'>): Buffer {
  const fields = [
    entry.writer,
    entry.seq,
    entry.at,
    entry.operation,
    entry.kind,
    entry.outcome,
    entry.code ?? null,
    entry.userId ?? null,
    entry.sessionId ?? null,
    entry.conversationId ?? null,
    entry.messageId ?? null,
    entry.address ?? null,
    entry.requestId ?? null,
    entry.count ?? 1,
    entry.after ? [entry.after.writer, entry.after.seq, entry.after.hash] : null,
  ];
  return createHash('sha256').update(previous).update(JSON.stringify(fields)).digest();
}

export function sign({ writer, seq, hash }: EntryRef, key: Buffer): SignedHead {
  return { writer, seq, hash, signature: signatureOf({ writer, seq, hash }, key) };
}

export function isSigned({ signature, ...ref }: SignedHead, key: Buffer): boolean {
  const expected = signatureOf(ref, key);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function signatureOf({ writer, seq, hash }: EntryRef, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`veda-gateway audit head ${writer} ${seq} ${hash}`).digest();
}
