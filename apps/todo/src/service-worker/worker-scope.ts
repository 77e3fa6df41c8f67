/** What is used of a service worker's globals: the compiler knows those of a window instead, and cannot know both. */
export interface WorkerScope {
  readonly location: { readonly origin: string }
  readonly caches: CacheStorage
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  fetch(request: Request): Promise<Response>
  addEventListener(type: 'install' | 'activate', listener: (event: LifetimeEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchRequestEvent) => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

interface LifetimeEvent {
  waitUntil(work: Promise<unknown>): void
}

interface FetchRequestEvent extends LifetimeEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
