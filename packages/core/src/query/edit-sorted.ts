/** Changing sorted arrays of documents without sorting them again, and without touching the old array. */
import type { Doc } from './query-spec.ts'

type Compare = (a: Doc, b: Doc) => number

/** Up to this many single moves of memory beat one pass over the rows. */
const FEW = 6

/** From one removal in so many rows on, marking beats searching. */
const DENSE = 16

/** The index of the first row that does not come before `document`. */
function lowerBound(
  rows: readonly Doc[],
  document: Doc,
  compare: Compare,
  from = 0,
  to: number = rows.length,
): number {
  let low = from
  let high = to
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
  const [removed] = removals
  const [inserted] = inserts
  if (removed === undefined) return insertAll(rows, inserts, compare)
  const from = locate(rows, removed, compare)
  if (removals.length === 1 && inserts.length === 1 && inserted !== undefined) {
    const to = lowerBound(rows, inserted, compare)
    const moved = rows.slice()
    // Most edits do not move the document, and then nothing else moves.
    if (to === from || to === from + 1) moved[from] = inserted
    else {
      moved.splice(from, 1)
      moved.splice(to > from ? to - 1 : to, 0, inserted)
    }
    return moved
  }
  // Copies and removes in one go, where `slice` and `splice` would touch everything twice.
  const edited = rows.toSpliced(from, 1)
  for (const document of removals.slice(1)) edited.splice(locate(edited, document, compare), 1)
  return inserts.length === 0 ? edited : insertAll(edited, inserts, compare)
}

function insertAll(rows: readonly Doc[], inserts: readonly Doc[], compare: Compare): Doc[] {
  const [first] = inserts
  if (first === undefined) return rows.slice()
  const edited = rows.toSpliced(lowerBound(rows, first, compare), 0, first)
  for (const document of inserts.slice(1)) edited.splice(lowerBound(edited, document, compare), 0, document)
  return edited
}

function editMany(
  rows: readonly Doc[],
  removals: readonly Doc[],
  inserts: readonly Doc[],
  compare: Compare,
): Doc[] {
  const isGone = marker(rows, removals, compare)
  // Pushed one by one: an array made with holes stays slower to copy for good.
  const edited: Doc[] = []
  let next = 0
  const copyTo = (end: number): void => {
    for (; next < end; next++) {
      const row = rows[next] as Doc
      if (!isGone(row, next)) edited.push(row)
    }
  }
  for (const document of inserts.toSorted(compare)) {
    copyTo(gallop(rows, document, compare, next))
    edited.push(document)
  }
  copyTo(rows.length)
  return edited
}

/** Tells the removals from the other rows, which it must be asked about in order. */
function marker(
  rows: readonly Doc[],
  removals: readonly Doc[],
  compare: Compare,
): (row: Doc, index: number) => boolean {
  if (removals.length * DENSE > rows.length) {
    const gone = new Set(removals)
    return (row) => gone.has(row)
  }
  const gone = removals.map((document) => locate(rows, document, compare)).sort((a, b) => a - b)
  let next = 0
  return (_row, index) => {
    if (index !== gone[next]) return false
    next++
    return true
  }
}

/** `lowerBound` in steps that double: cheap where the place is near, as it is for many sorted inserts. */
function gallop(rows: readonly Doc[], document: Doc, compare: Compare, from: number): number {
  let low = from
  let step = 1
  while (low + step <= rows.length && compare(rows[low + step - 1] as Doc, document) < 0) {
    low += step
    step *= 2
  }
  return lowerBound(rows, document, compare, low, Math.min(low + step, rows.length))
}

/** Where a row is. Someone who changed a document in place has moved it out of order; then it is searched for. */
function locate(rows: readonly Doc[], document: Doc, compare: Compare): number {
  const index = lowerBound(rows, document, compare)
  return rows[index] === document ? index : rows.indexOf(document)
}
