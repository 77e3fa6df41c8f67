/** Opens links, with a token that is asked for anew once where it is refused. */
import { isSyncError, SyncError, type Traffic } from '@synclayer/core/adapter'
import { platformSocket } from '#platform-socket'
import type { Tokens } from '@synclayer/adapter-kit/http'
import type { CheckedOptions } from '../options.ts'
import { openLink, type SocketLink, type SocketLinkOptions } from './socket-link.ts'

export interface LinkDeps {
  readonly options: Pick<CheckedOptions, 'url' | 'WebSocket'>
  readonly tokens: Tokens
  readonly traffic: Traffic
}

/** Rejects as `openLink` does, and with NOT_SUPPORTED where the platform has no WebSocket. */
export async function connect(
  { options, tokens, traffic }: LinkDeps,
  listeners: Pick<SocketLinkOptions, 'onMessage' | 'onEnd'>,
): Promise<SocketLink> {
  const WebSocket = options.WebSocket ?? (await platformSocket())
  if (WebSocket === undefined) {
    throw new SyncError(
      'NOT_SUPPORTED',
      'This platform has no WebSocket. Give one in the option WebSocket, or realtime: false.',
    )
  }
  const url = `${options.url.replace(/^http/, 'ws')}/sync/ws`
  const given = await tokens.get()
  const open = (token: string | null): Promise<SocketLink> =>
    openLink({ WebSocket, url, token, traffic, ...listeners })
  try {
    return await open(given.token)
  } catch (error) {
    if (!isSyncError(error, 'UNAUTHENTICATED')) throw error
    return open((await tokens.renew(given)).token)
  }
}
