/**
 * The lead by a lock of the platform: whoever holds it leads, and the next in the queue does at once when a page is closed
 * or killed. A frozen page keeps its lock, so followers ask over a channel, and take the lock where nobody answers. With one
 * page, one question is asked in vain, and nothing else is ever said.
 */
import type { Channels } from '../ports/channel.ts'
import type { Locks } from '../ports/locks.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Json } from '../shared/json.ts'
import type { Candidacy, Elect, Told } from './leadership.ts'
import { type LeaderWatch, watchLeader } from './leader-watch.ts'

export interface LockElectionDeps {
  readonly locks: Locks
  readonly channels: Channels
  readonly scheduler: Scheduler
  /** Names the store in its origin. */
  readonly identity: string
}

/** What candidates say to each other. `here` is the leader's answer, and what it says of its own accord. */
type Message =
  { readonly type: 'ask' } | { readonly type: 'revived' } | { readonly type: 'here'; readonly status: Json }

export function electByLock(deps: LockElectionDeps): Elect {
  return (group, told) => standForLock(deps, `synclayer:${deps.identity}:${group}`, told)
}

function standForLock(deps: LockElectionDeps, name: string, told: Told): Candidacy {
  const { locks, channels, scheduler } = deps
  let leads = false
  let followed = false
  let status: Json = null
  let watch: LeaderWatch | null = null
  let letGo = (): void => undefined

  // Pages of other versions may say what is not known here.
  const channel = channels.open(name, (message) => {
    const said = message as Message | null
    if (leads && said?.type === 'ask') answer()
    else if (leads && said?.type === 'revived') told.revived()
    else if (!leads && said?.type === 'here') {
      watch?.heard()
      told.shown(said.status)
    }
  })
  const say = (message: Message): void => channel.post(message)

  const answer = (): void => {
    followed = true
    say({ type: 'here', status })
  }

  const lead = (): void => {
    leads = true
    watch?.stop()
    watch = null
    // Before anybody else loses patience.
    say({ type: 'here', status })
    told.leads()
  }

  const queue = (steal: boolean): void => {
    letGo()
    letGo = locks.request(name, steal, {
      held: lead,
      lost() {
        // Without locks nobody could lead, so all do.
        if (!leads) return lead()
        leads = false
        told.follows()
        follow()
      },
    })
  }

  const follow = (): void => {
    followed = false
    watch = watchLeader({ scheduler, ask: () => say({ type: 'ask' }), take: () => queue(true) })
    queue(false)
  }
  follow()

  return {
    show(next) {
      status = next
      if (leads && followed) say({ type: 'here', status })
    },
    storeChanged: () => undefined,
    revived() {
      if (!leads) say({ type: 'revived' })
    },
    close() {
      watch?.stop()
      letGo()
      channel.close()
      return Promise.resolve()
    },
  }
}
