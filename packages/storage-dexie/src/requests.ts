/** IndexedDB's events as promises. */

/** A request of any result. */
type Asked = Pick<IDBRequest<unknown>, 'result' | 'error'> & Pick<EventTarget, 'addEventListener'>

/** What a request gives, of the type that the caller has stored. Rejects with its error. */
export function resultOf<T>(request: Asked): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result as T))
    request.addEventListener('error', () => reject(request.error!))
  })
}

/** The value of each key, in order. Rejects with the first error. */
export function valuesOf<T>(store: IDBObjectStore, keys: readonly string[]): Promise<(T | undefined)[]> {
  const requests = keys.map((key) => store.get(key) as IDBRequest<T | undefined>)
  const last = requests.at(-1)
  if (last === undefined) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    const fail = (event: Event): void => reject((event.target as IDBRequest).error!)
    // They succeed in order, so that a handler for each would say nothing more.
    for (const request of requests) request.onerror = fail
    last.onsuccess = () => resolve(requests.map(({ result }) => result))
  })
}

/** Resolves once the transaction is committed. Rejects with what it was aborted for. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted', 'AbortError'))
  })
}
