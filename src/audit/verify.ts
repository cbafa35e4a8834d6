import { type AuditEntry, type EntryRef, hashOf, isSigned, NO_HASH, type SignedHead } from './chain.js';
import type { AuditReader } from './ports.js';

export interface Verified {
  readonly chains: number;
  readonly entries: number;
  /** What is wrong, a sentence each. Empty when the trail is whole. */
  readonly problems: readonly string[];
  /** To be kept elsewhere: a later verification can be given them, and then finds a trail that was cut back to an older head. */
  readonly heads: readonly EntryRef[];
}

/**
 * Checks every chain from its first entry to its signed head. Finds entries that were changed, removed, added or moved, ends
 * that were cut off, and chains that were removed as a whole.
 *
 * @param known heads of an earlier verification: they must still be there
 */
export async function verifyAudit(
  reader: AuditReader,
  key: Buffer,
  known: readonly EntryRef[] = [],
): Promise<Verified> {
  const problems: string[] = [];
  const heads = new Map((await reader.heads()).map((head) => [head.writer, head]));
  const expected = new Map<string, EntryRef>();
  for (const ref of [...known, ...(await reader.links())]) expected.set(`${ref.writer} ${ref.seq}`, ref);
  const met = new Set<string>();
  const writers = await reader.writers();
  let entries = 0;
  for (const writer of writers) {
    const chain = await verifyChain(reader, writer, (entry) => {
      entries += 1;
      if (expected.has(`${entry.writer} ${entry.seq}`))
        met.add(nameOf({ ...entry, hash: entry.hash.toString('hex') }));
    });
    const broken =
      chain.problem === undefined ? headProblem(chain.last, heads.get(writer), key) : chain.problem;
    if (broken !== undefined) problems.push(`chain ${writer}: ${broken}`);
    heads.delete(writer);
  }
  for (const writer of heads.keys()) problems.push(`chain ${writer}: all its entries are missing`);
  for (const ref of expected.values()) {
    if (!met.has(nameOf(ref)))
      problems.push(`chain ${ref.writer}: entry ${ref.seq}, which was there before, is not`);
  }
  const left = (await reader.heads()).map(({ writer, seq, hash }) => ({ writer, seq, hash }));
  return { chains: writers.length, entries, problems, heads: left };
}

function nameOf({ writer, seq, hash }: EntryRef): string {
  return `${writer} ${seq} ${hash}`;
}

interface Chain {
  readonly last?: AuditEntry | undefined;
  readonly problem?: string;
}

async function verifyChain(
  reader: AuditReader,
  writer: string,
  onEntry: (entry: AuditEntry) => void,
): Promise<Chain> {
  let hash: Buffer = NO_HASH;
  let last: AuditEntry | undefined;
  for await (const entry of reader.entries(writer)) {
    const seq = (last?.seq ?? 0) + 1;
    if (entry.seq !== seq) return { problem: `entry ${seq} is missing` };
    hash = hashOf(hash, entry);
    if (!hash.equals(entry.hash)) return { problem: `entry ${seq} was changed` };
    onEntry(entry);
    last = entry;
  }
  return { last };
}

function headProblem(
  last: AuditEntry | undefined,
  head: SignedHead | undefined,
  key: Buffer,
): string | undefined {
  if (!head) return 'its signed head is missing';
  if (!isSigned(head, key)) return 'its head is not signed with this key';
  if (head.seq === last?.seq && head.hash === last.hash.toString('hex')) return undefined;
  return `it ends at entry ${last?.seq ?? 0}, and its head says ${head.seq}`;
}
