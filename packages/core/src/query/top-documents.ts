/** The first few of many documents, in flat memory: a heap with the last of them on top. */
import type { Doc } from './query-spec.ts'

export interface TopDocuments {
  /** Keeps the document if it is among the first so far. */
  add(document: Doc): void
  /** The last one kept, once there are `size`; only what comes before it can still get in. */
  readonly worst: Doc | undefined
  /** The documents kept, in order. */
  sorted(): Doc[]
}

/** Keeps the first `size` documents by `compare`. */
export function createTopDocuments(size: number, compare: (a: Doc, b: Doc) => number): TopDocuments {
  const heap: Doc[] = []

  const siftDown = (document: Doc): void => {
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && compare(heap[child + 1] as Doc, heap[child] as Doc) > 0) child++
      if (compare(heap[child] as Doc, document) <= 0) break
      heap[at] = heap[child] as Doc
      at = child
    }
    heap[at] = document
  }

  const siftUp = (document: Doc): void => {
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (compare(document, heap[parent] as Doc) <= 0) break
      heap[at] = heap[parent] as Doc
      at = parent
    }
    heap[at] = document
  }

  return {
    add(document) {
      if (heap.length < size) siftUp(document)
      else if (size > 0 && compare(document, heap[0] as Doc) < 0) siftDown(document)
    },
    get worst() {
      return heap.length === size ? heap[0] : undefined
    },
    sorted: () => [...heap].sort(compare),
  }
}
