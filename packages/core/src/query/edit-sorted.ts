/** Changing sorted arrays of documents without sorting them again, and without touching the old array. */
import type { Doc } from './query-spec.ts'

type Compare = (a: Doc, b: Doc) => number

/** Up to this many single moves of memory beat one pass over the rows. */
const FEW = 6

/** The index of the first row that does not come before `document`. */
export function lowerBound(rows: readonly Doc[], document: Doc, compare: Compare, from = 0): number {
  let low = from
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as Doc, document) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * A new array without `removals` and with `inserts`, in order. The rows must be sorted and distinct by `compare`, and
 * the removals among them. Costs a copy of the rows and some comparisons for each change, not for each row.
 */
export function editSorted(
  rows: readonly Doc[],
  removals: readonly Doc[],
  inserts: readonly Doc[],
  compare: Compare,
): Doc[] {
  return removals.length + inserts.length <= FEW
    ? editFew(rows, removals, inserts, compare)
    : editMany(rows, removals, inserts, compare)
}

function editFew(
  rows: readonly Doc[],
  removals: readonly Doc[],
  inserts: readonly Doc[],
  compare: Compare,
): Doc[] {
  const edited = rows.slice()
  const [removed] = removals
  const [inserted] = inserts
  if (removals.length === 1 && inserts.length === 1 && removed !== undefined && inserted !== undefined) {
    const from = locate(rows, removed, compare)
    const to = lowerBound(rows, inserted, compare)
    // Most edits do not move the document, and then nothing else moves.
    if (to === from || to === from + 1) edited[from] = inserted
    else {
      edited.splice(from, 1)
      edited.splice(to > from ? to - 1 : to, 0, inserted)
    }
    return edited
  }
  for (const document of removals) edited.splice(locate(edited, document, compare), 1)
  for (const document of inserts) edited.splice(lowerBound(edited, document, compare), 0, document)
  return edited
}

function editMany(
  rows: readonly Doc[],
  removals: readonly Doc[],
  inserts: readonly Doc[],
  compare: Compare,
): Doc[] {
  const gone = removals.map((document) => locate(rows, document, compare)).sort((a, b) => a - b)
  const edited: Doc[] = []
  let next = 0
  let nextGone = 0
  const copyTo = (end: number): void => {
    while (next < end) {
      if (next === gone[nextGone]) nextGone++
      else edited.push(rows[next] as Doc)
      next++
    }
  }
  for (const document of inserts.toSorted(compare)) {
    copyTo(lowerBound(rows, document, compare, next))
    edited.push(document)
  }
  copyTo(rows.length)
  return edited
}

/** Where a row is. Someone who changed a document in place has moved it out of order; then it is searched for. */
function locate(rows: readonly Doc[], document: Doc, compare: Compare): number {
  const index = lowerBound(rows, document, compare)
  return rows[index] === document ? index : rows.indexOf(document)
}
