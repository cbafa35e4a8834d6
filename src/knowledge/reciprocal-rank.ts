/**
 * Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR
 * 2009: their constant, which keeps one list's first place from outweighing two good places.
 */
const K = 60;

/**
 * One ranking from several, best first. An id scores 1 / (60 + its rank) in each list that has it, counted from 1.
 *
 * Example: of `a b c` and `c d`, `c` comes first with 1/63 + 1/61, then `a` with 1/61, then `b` and `d` with 1/62 each.
 */
export function fuse(rankings: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [index, id] of ranking.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + 1 / (K + index + 1));
    }
  }
  return [...scores].toSorted(([, one], [, other]) => other - one).map(([id]) => id);
}
