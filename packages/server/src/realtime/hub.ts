/** All sockets of one server, and the feeds they follow: each scope is followed once, for as long as anyone does. */
import { SyncError } from '@synclayer/core/adapter'
import type { Principal } from '../contract.ts'
import type { Realtime, RealtimeDeps } from '../realtime-deps.ts'
import { PULSE_MS } from './liveness.ts'
import { createPullTurns } from './pull-turns.ts'
import { createScopeFeed, type ScopeFeed } from './scope-feed.ts'
import { createSession, type Session, type SessionDeps } from './session.ts'

/** Pulls for followers that the adapter is asked for at the same time. */
const PULLS_AT_ONCE = 8

/** Sockets that have not shown a good token yet; they are nobody's, so no principal's limit holds them down. */
const MOST_STRANGERS = 10_000

/** Telling takes some 20 microseconds for each of them. */
const TOLD_AT_ONCE = 250

const GOING_AWAY = 1001
const TRY_LATER = 1013

/** Creates the realtime side of a server. */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const sessions = new Set<Session>()
  const feeds = new Map<string, ScopeFeed>()
  const closings = new Set<Promise<void>>()
  const socketCounts = new Map<string, number>()
  const feedDeps = { ...deps, turns: createPullTurns(PULLS_AT_ONCE), toldAtOnce: TOLD_AT_ONCE }
  let known = 0
  let pulses = 0
  let cancelPulse: (() => void) | undefined
  let closed = false

  const pulse = (): void => {
    pulses += 1
    cancelPulse = sessions.size === 0 ? undefined : deps.timers.after(PULSE_MS, pulse)
    for (const session of sessions) session.pulse()
  }
  const feedOf = (scope: string): ScopeFeed => {
    let feed = feeds.get(scope)
    if (feed === undefined) {
      feed = createScopeFeed(feedDeps, scope, () => closeFeed(scope))
      feeds.set(scope, feed)
    }
    return feed
  }
  const closeFeed = (scope: string): void => {
    const feed = feeds.get(scope)
    if (feed === undefined) return
    feeds.delete(scope)
    const closing = feed
      .close()
      .catch(() => deps.logger.log('warning', 'A subscription could not be closed', { scope }))
      .finally(() => closings.delete(closing))
    closings.add(closing)
  }
  const admit = ({ id }: Principal): void => {
    const count = socketCounts.get(id) ?? 0
    if (count >= deps.limits.sockets) {
      throw new SyncError('RATE_LIMITED', `A principal may have ${deps.limits.sockets} connections`)
    }
    socketCounts.set(id, count + 1)
    known += 1
  }
  const onEnd = (session: Session, principal: Principal | undefined): void => {
    sessions.delete(session)
    if (principal === undefined) return
    known -= 1
    const count = socketCounts.get(principal.id) ?? 0
    if (count > 1) socketCounts.set(principal.id, count - 1)
    else socketCounts.delete(principal.id)
  }
  const sessionDeps: SessionDeps = { ...deps, now: () => pulses * PULSE_MS, feedOf, admit, onEnd }

  return {
    connect(socket, head) {
      const session = createSession(sessionDeps, socket, head)
      sessions.add(session)
      cancelPulse ??= deps.timers.after(PULSE_MS, pulse)
      if (closed) session.end(GOING_AWAY, 'The server is closing')
      else if (sessions.size - known > MOST_STRANGERS) session.end(TRY_LATER, 'Too many are waiting')
      return session
    },
    wake: (scope) => feeds.get(scope)?.wake(),
    async close() {
      closed = true
      cancelPulse?.()
      for (const session of sessions) session.end(GOING_AWAY, 'The server is closing')
      await Promise.all(closings)
    },
  }
}
