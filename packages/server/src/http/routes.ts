/** Which request is answered by what. */
import { collectionNameProblem } from '@synclayer/core/adapter'

/** The routes that need to know who asks, and answer with JSON. */
export type AskedRoute =
  Plain<'hello' | 'push' | 'pull' | 'fetch'> | { readonly kind: 'simple'; readonly collection: string }

export type Route = AskedRoute | Plain<'socket' | 'health' | 'ready'>

/** One route for each name. */
type Plain<Kind extends string> = Kind extends Kind ? { readonly kind: Kind } : never

const METHODS_BY_KIND: Readonly<Record<Route['kind'], readonly string[]>> = {
  hello: ['GET'],
  push: ['POST'],
  pull: ['POST'],
  fetch: ['POST'],
  socket: ['GET'],
  health: ['GET', 'HEAD'],
  ready: ['GET', 'HEAD'],
  simple: ['GET', 'POST'],
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/sync', { kind: 'hello' }],
  ['/sync/push', { kind: 'push' }],
  ['/sync/pull', { kind: 'pull' }],
  ['/sync/fetch', { kind: 'fetch' }],
  ['/sync/ws', { kind: 'socket' }],
  ['/health', { kind: 'health' }],
  ['/ready', { kind: 'ready' }],
])

const SIMPLE = '/sync/'

/** The route of a path behind the base path; undefined where there is none. */
export function routeOf(pathname: string, basePath: string): Route | undefined {
  if (!pathname.startsWith(`${basePath}/`)) return undefined
  const path = pathname.slice(basePath.length)
  const known = ROUTES.get(path)
  if (known !== undefined || !path.startsWith(SIMPLE)) return known
  const collection = path.slice(SIMPLE.length)
  return collectionNameProblem(collection) === null ? { kind: 'simple', collection } : undefined
}

/** The methods a route takes. */
export function methodsOf({ kind }: Route): readonly string[] {
  return METHODS_BY_KIND[kind]
}
