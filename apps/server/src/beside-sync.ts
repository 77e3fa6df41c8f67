/** One address for all: the sync server's paths go to it, the others to the sign-in and to the app. */
import type { Logger } from '@synclayer/core/adapter'
import type { SyncServer } from '@synclayer/server'

type Answer = (request: Request) => Promise<Response>

export interface BesideSync {
  readonly app: Answer | null
  readonly signIn: Answer | null
  readonly logger: Logger
}

export function besideSync(server: SyncServer, { app, signIn, logger }: BesideSync): SyncServer {
  const answerOf = (pathname: string): Answer | null => {
    if (isOfSync(pathname)) return null
    if (pathname === '/demo/sign-in' || pathname === '/demo/renew') return signIn
    return app
  }
  return {
    async fetch(request) {
      const answer = answerOf(new URL(request.url).pathname)
      if (answer === null) return server.fetch(request)
      try {
        return await answer(request)
      } catch (error) {
        if (!request.signal.aborted) logger.log('error', 'A request failed', { error })
        return new Response(null, { status: 500 })
      }
    },
    connect: (socket, head) => server.connect(socket, head),
    ready: () => server.ready(),
    close: () => server.close(),
  }
}

/** Also what it does not know there: its answers are JSON, and no page. */
function isOfSync(pathname: string): boolean {
  return (
    pathname === '/sync' || pathname.startsWith('/sync/') || pathname === '/health' || pathname === '/ready'
  )
}
