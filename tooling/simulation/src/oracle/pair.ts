/** The pair: two records that are only ever changed together, each change with one token in both. */
import { type Marked, PAIR, tokensOf } from '../scenario/collections.ts'

/** The tokens that are in one of both alone. */
export function halfTokens(pairOf: (id: string) => Marked | undefined): readonly string[] {
  const [left, right] = PAIR.map((id) => tokensOf(pairOf(id))) as [readonly string[], readonly string[]]
  return [
    ...left.filter((token) => !right.includes(token)),
    ...right.filter((token) => !left.includes(token)),
  ]
}
