/**
 * Keeps the app itself at hand, so that it opens without a network; data is the engine's to keep. A version is fetched
 * whole before it is used, and waits until the user lets it replace the one in use. The build fills in which files those are.
 */
import { keptPath } from './kept-path.ts'
import type { WorkerScope } from './worker-scope.ts'

declare const self: WorkerScope

const CACHE_PREFIX = 'synclayer-todo/'
const CACHE = `${CACHE_PREFIX}__VERSION__`
const PATHS = '__PATHS__'.split(' ')
const KEPT: ReadonlySet<string> = new Set(PATHS)

async function keep(): Promise<void> {
  const cache = await self.caches.open(CACHE)
  // What the browser has of an older version will not do.
  await cache.addAll(PATHS.map((path) => new Request(path, { cache: 'reload' })))
}

async function dropOlder(): Promise<void> {
  const names = await self.caches.keys()
  const older = names.filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE)
  await Promise.all(older.map((name) => self.caches.delete(name)))
  await self.clients.claim()
}

async function answer(path: string, request: Request): Promise<Response> {
  const kept = await (await self.caches.open(CACHE)).match(path)
  // The user may have cleared what was kept.
  return kept ?? self.fetch(request)
}

self.addEventListener('install', (event) => event.waitUntil(keep()))
self.addEventListener('activate', (event) => event.waitUntil(dropOlder()))
self.addEventListener('message', ({ data }) => {
  if (data === 'activate') void self.skipWaiting()
})
self.addEventListener('fetch', (event) => {
  const path = keptPath(event.request, self.location.origin, KEPT)
  if (path !== null) event.respondWith(answer(path, event.request))
})
