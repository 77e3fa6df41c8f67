/** The network between one device and the backend: what it loses, doubles, delays and spoils, by a random stream of its own. */
import {
  isSyncError,
  SyncError,
  type BackendAdapter,
  type PullRequest,
  type PullResponse,
  type PushRequest,
  type PushResponse,
  type Wake,
} from '@synclayer/core/adapter'
import { seededRandom } from '@synclayer/core/testing'
import type { VirtualTime } from '@synclayer/core/testing'
import type { Page } from '../oracle/feed-rules.ts'
import { CALM, type Network } from '../scenario/scenario.ts'
import type { Counts } from './counts.ts'
import { type Life, never } from './mortal-storage.ts'

/** A doubled request may come a second time after so long. */
const LATEST_DOUBLE_MS = 10 * 60_000
/** A request that is not lost takes at least so long each way. */
const LEAST_MS = 5
/** Whoever gives up is answered in vain: what has arrived is done. */
const NEVER_ABORTED = new AbortController().signal

export interface NetworkDeps {
  readonly seed: number
  readonly name: string
  readonly time: VirtualTime
  readonly counts: Counts
  readonly trace: (line: string) => void
  /** What the oracle notes of a page that is read now and leads there. */
  readonly readAt: (cursor: string) => ReadAt
  readonly onPush: (request: PushRequest, response: PushResponse) => void
  readonly onPull: () => void
  /** The device has got a page. */
  readonly onPage: (page: Page) => void
  /** The device has asked for a page from there, and has given up, or got none that it can read. */
  readonly onNoPage: (from: string | null) => void
  /** The record of one of these mutations has been written by another since. */
  readonly isOutdated: (request: PushRequest) => boolean
}

export class DeviceNetwork {
  conditions: Network = CALM
  connected = true
  authorized = true
  /** So many requests are over the limit. */
  limited = { requests: 0, retryAfterMs: 0 }
  readonly #deps: NetworkDeps
  readonly #random: () => number
  readonly #wakes = new Set<() => void>()
  readonly #readAt = new WeakMap<PullResponse, ReadAt>()

  constructor(deps: NetworkDeps) {
    this.#deps = deps
    this.#random = seededRandom(deps.seed).next
  }

  /** A perfect network again. */
  heal(): void {
    this.conditions = CALM
    this.connected = true
    this.authorized = true
    this.limited = { requests: 0, retryAfterMs: 0 }
  }

  /** A wake-up that nothing is behind. */
  wake(): void {
    for (const wake of this.#wakes) {
      this.#deps.counts['wake-ups for nothing'] += 1
      wake()
    }
  }

  /** The backend as one process of the device reaches it. `stale` answers pulls from a replica. */
  adapter(inner: BackendAdapter, stale: BackendAdapter, life: Life): BackendAdapter {
    const { counts, readAt, onPush, onPull, onPage } = this.#deps
    const push = async (request: PushRequest): Promise<PushResponse> => {
      const response = await inner.push(request, NEVER_ABORTED)
      onPush(request, response)
      return response
    }
    return {
      ...inner,
      push: (request, signal) =>
        this.#through(life, signal, {
          name: `push ${request.mutations.map((mutation) => `${mutation.id} ${mutation.kind} ${mutation.recordId}`).join(', ')}`,
          call: () => push(request),
          again: () => {
            if (this.#deps.isOutdated(request)) counts['doubles that arrived after another write'] += 1
            return push(request)
          },
          spoil: (answer) => ({ ...answer, results: answer.results.slice(1) }),
          isPush: true,
        }),
      pull: (request, signal) => {
        const from = this.#hits('stale') ? stale : inner
        const pull = async (): Promise<PullResponse> => {
          onPull()
          try {
            const page = await from.pull(request, NEVER_ABORTED)
            this.#readAt.set(page, readAt(page.cursor))
            return page
          } catch (error) {
            if (isSyncError(error, 'EPOCH_CHANGED')) counts['changes of epoch met by a client'] += 1
            if (isSyncError(error, 'CURSOR_EXPIRED')) counts['cursors expired'] += 1
            throw error
          }
        }
        return this.#watched(request, signal, from === stale, () =>
          this.#through(life, signal, {
            name: `pull from ${request.cursor ?? 'nothing'}`,
            call: pull,
            spoil: (answer) => ({ ...answer, changes: null }) as unknown as PullResponse,
          }),
        )
      },
      fetch: (request, signal) =>
        this.#through(life, signal, {
          name: `fetch ${request.ids.join(', ')}`,
          call: () => inner.fetch(request, NEVER_ABORTED),
          spoil: () => null as never,
        }),
      subscribe: async (request, wake, lost) => {
        if (!life.alive) return never()
        if (!this.connected) throw new SyncError('NETWORK', 'There is no network.')
        const tell = (told: Wake = { scope: request.scope }, at: ReadAt | null = null): void => {
          if (!life.alive) return
          const { page } = told
          if (page !== undefined && at !== null) onPage(pageOf(request.scope, page.from, page, false, at))
          wake(told)
        }
        this.#wakes.add(tell)
        const subscription = await inner.subscribe!(
          request,
          (told) => {
            if (!this.connected || this.#hits('wakeLost')) counts['wake-ups lost'] += 1
            else {
              const at = told.page === undefined ? null : readAt(told.page.cursor)
              void this.#wait().then(() => tell(told, at))
            }
          },
          lost,
        )
        return {
          close: () => {
            this.#wakes.delete(tell)
            return subscription.close()
          },
        }
      },
    }
  }

  /** Tells of the page that comes of a pull, or that none does. */
  async #watched(
    { scope, cursor }: PullRequest,
    signal: AbortSignal,
    isReplica: boolean,
    pull: () => Promise<PullResponse>,
  ): Promise<PullResponse> {
    const { onPage, onNoPage } = this.#deps
    const none = (): void => onNoPage(cursor)
    signal.addEventListener('abort', none)
    try {
      const answer = await pull()
      const isReadable = Array.isArray(answer.changes) && !signal.aborted
      if (isReadable) onPage(pageOf(scope, cursor, answer, isReplica, this.#readAt.get(answer)!))
      else none()
      return answer
    } catch (error) {
      none()
      throw error
    } finally {
      signal.removeEventListener('abort', none)
    }
  }

  async #through<T>(life: Life, signal: AbortSignal, request: Request<T>): Promise<T> {
    const { counts, trace, name } = this.#deps
    const say = (what: string): void => trace(`${name} ${request.name}: ${what}`)
    if (!life.alive) return never()
    this.#refuse(say)
    await this.#wait()
    if (this.#hits('requestLost')) {
      counts['requests lost'] += 1
      say('request lost')
      return this.#lost(life)
    }
    if (this.#hits('doubled')) this.#double(request, say)
    const answer = await request.call()
    say(`arrived`)
    await this.#wait()
    if (this.#hits('answerLost')) {
      counts['answers lost'] += 1
      if (request.isPush === true) counts['answers lost of pushes that were applied'] += 1
      say('answer lost')
      return this.#lost(life)
    }
    if (!life.alive) return never()
    if (signal.aborted) counts['requests answered after their time limit'] += 1
    if (this.#hits('garbled')) {
      counts['answers garbled'] += 1
      say('answer garbled')
      return request.spoil(answer)
    }
    return answer
  }

  #refuse(say: (what: string) => void): void {
    const { counts } = this.#deps
    if (!this.connected) {
      counts['requests without a network'] += 1
      say('no network')
      throw new SyncError('NETWORK', 'There is no network.')
    }
    if (!this.authorized) {
      counts['requests with an expired token'] += 1
      say('token expired')
      throw new SyncError('UNAUTHENTICATED', 'The token has expired.')
    }
    if (this.limited.requests > 0) {
      const { requests, retryAfterMs } = this.limited
      this.limited = { requests: requests - 1, retryAfterMs }
      counts['requests over the rate limit'] += 1
      say('rate limited')
      throw new SyncError('RATE_LIMITED', 'Too many requests.', {
        retryable: true,
        details: { retryAfterMs },
      })
    }
  }

  #double<T>(request: Request<T>, say: (what: string) => void): void {
    const { counts, time } = this.#deps
    counts['requests doubled'] += 1
    const inMs = Math.floor(this.#random() ** 3 * LATEST_DOUBLE_MS)
    say(`will come again in ${inMs} ms`)
    time.scheduler.after(inMs, () => {
      say('comes again')
      const again = request.again ?? request.call
      again().catch(() => undefined)
    })
  }

  /** Half the time the client is told, else it waits in vain. */
  #lost(life: Life): Promise<never> {
    if (!life.alive || this.#random() < 0.5) return never()
    return Promise.reject(new SyncError('NETWORK', 'The connection broke.'))
  }

  #wait(): Promise<void> {
    const { delayMs } = this.conditions
    const ms = LEAST_MS + Math.floor(this.#random() * delayMs)
    return new Promise((resolve) => void this.#deps.time.scheduler.after(ms, resolve))
  }

  #hits(trouble: Exclude<keyof Network, 'delayMs'>): boolean {
    const rate = this.conditions[trouble]
    return rate > 0 && this.#random() < rate
  }
}

function pageOf(
  scope: string,
  from: string | null,
  { cursor: to, hasMore, changes }: Pick<PullResponse, 'cursor' | 'hasMore' | 'changes'>,
  isReplica: boolean,
  at: ReadAt,
): Page {
  return { scope, from, to, isLast: !hasMore, isEmpty: changes.length === 0, isReplica, ...at }
}

type ReadAt = Pick<Page, 'moment' | 'isHeldBack'>

interface Request<T> {
  readonly name: string
  readonly call: () => Promise<T>
  readonly again?: () => Promise<T>
  readonly spoil: (answer: T) => T
  readonly isPush?: boolean
}
