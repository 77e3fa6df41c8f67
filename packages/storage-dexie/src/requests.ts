/** IndexedDB's events as promises. */
import { errorName } from './map-error.ts'

/** A request of any result. */
type Asked = Pick<IDBRequest<unknown>, 'result' | 'error'> & Pick<EventTarget, 'addEventListener'>

/**
 * What a request gives, of the type that the caller has stored. Rejects with its error, which ends the transaction, unless
 * it is a lost value: then the transaction goes on.
 */
export function resultOf<T>(request: Asked): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result as T))
    request.addEventListener('error', (event) => {
      if (isLost(request.error)) event.preventDefault()
      reject(request.error!)
    })
  })
}

/** The value of each key, in order; `lostValue` stands for a lost one. Rejects with the first other error. */
export function valuesOf<T>(
  store: IDBObjectStore,
  keys: readonly string[],
  lostValue: (key: string) => T,
): Promise<(T | undefined)[]> {
  const requests = keys.map((key) => store.get(key) as IDBRequest<T | undefined>)
  const last = requests.at(-1)
  if (last === undefined) return Promise.resolve([])
  const lost = new Set<IDBRequest>()
  return new Promise((resolve, reject) => {
    const settle = (): void =>
      resolve(requests.map((request, at) => (lost.has(request) ? lostValue(keys[at]!) : request.result)))
    const fail = (event: Event): void => {
      const request = event.target as IDBRequest
      if (!isLost(request.error)) {
        reject(request.error!)
        return
      }
      event.preventDefault()
      lost.add(request)
      if (request === last) settle()
    }
    // They are answered in order, so that a handler for each success would say nothing more.
    for (const request of requests) request.onerror = fail
    last.onsuccess = settle
  })
}

/**
 * True for the errors by which browsers say that a value cannot be had any more: Chromium keeps large ones in files of their
 * own, and such a file may be missing or damaged.
 */
export function isLost(error: unknown): boolean {
  const name = errorName(error)
  return name === 'NotReadableError' || name === 'DataError'
}

/** Resolves once the transaction is committed. Rejects with what it was aborted for. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted', 'AbortError'))
  })
}
