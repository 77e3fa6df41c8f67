/** Pulling one scope: pages from the cursor, committed together with the cursor they lead to (W10, W24). */
import { type CheckedPull, checkPullResponse } from '../document/check-response.ts'
import { reasonOf } from '../errors/reason-of.ts'
import { isSyncError, SyncError, toSyncError } from '../errors/sync-error.ts'
import { type OlderState, pulled } from '../outbox/pulled.ts'
import type { TransitionEvent } from '../outbox/transition.ts'
import type { Change, PullRequest } from '../protocol/messages.ts'
import type { RecordKey } from '../ports/storage.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import { acknowledgedEntry, noteShown, withoutOlder } from './acknowledged.ts'
import { CLIENT_ENTRY, parseIdentity } from './client-identity.ts'
import { advanced, type FeedState, feedEntry, movesCursor, nextPull, parseFeed } from './feed-state.ts'
import { stillOpen } from './move-feed.ts'
import { request, type RequestLimits } from './request.ts'
import { addAside, asideEntry, noteAsideShown } from './set-aside.ts'
import { noteServerTime, reportError, type ScopeSession, tell, transitionContext } from './scope-session.ts'

/** Changes of one round that are shown together (W10). */
const CHANGES_PER_COMMIT = 5_000

/** How a round pulls. */
export interface PullMode {
  readonly told: boolean
  readonly ahead: boolean
}

export interface PullProgress {
  readonly feed: FeedState
  readonly hasMore: boolean
  /** How many changes are left, where the backend says so. */
  readonly remaining: number | null
  /** The backend was not asked: all of it had come along with wake-ups. */
  readonly told: boolean
}

interface Gathered {
  readonly changes: readonly Change[]
  readonly unreadable: CheckedPull['unreadable']
  readonly cursor: string
  readonly epoch: string
  readonly hasMore: boolean
  readonly remaining: number | null
  readonly told: boolean
  /** Pages the backend was asked for. */
  readonly asked: number
  /** What ended the round before its end. */
  readonly failure?: SyncError
}

/**
 * Pulls and commits one round: up to 5,000 changes, or one page of a snapshot. Rejects with CURSOR_EXPIRED or
 * EPOCH_CHANGED where the cursor can no longer be served. What had come before a failure is committed all the same.
 *
 * @param how `told`: the backend is asked only where what came along with wake-ups does not follow on the cursor;
 *   `ahead`: the next page of a snapshot is asked for while this one is stored
 */
export async function pullRound(
  session: ScopeSession,
  feed: FeedState,
  how: PullMode,
): Promise<PullProgress> {
  const { clock } = session.deps
  const startedAt = clock.now()
  const gathered = await gather(session, feed, how)
  if (gathered.told && gathered.cursor === feed.cursor) {
    return { feed, hasMore: false, remaining: null, told: true }
  }
  const next = await commitPulled(session, feed, gathered)
  session.progress()
  if (next === null) {
    session.arrived.returnTaken()
    return { feed: await storedFeed(session), hasMore: true, remaining: null, told: false }
  }
  notePages(session, gathered, clock.now() - startedAt)
  // What had come is kept, so that on a network that breaks again and again the next round goes on from there.
  if (gathered.failure !== undefined) throw gathered.failure
  const hasMore = gathered.hasMore || (next.snapshot === null && next.cursor !== gathered.cursor)
  return { feed: next, hasMore, remaining: gathered.remaining, told: gathered.told }
}

/** Asks for the head of the feed: a new client's first cursor (R4). */
export async function pullHead(
  session: ScopeSession,
  collections: readonly string[],
): Promise<{ readonly cursor: string; readonly epoch: string }> {
  const page = await pullPage(session, { cursor: null, collections }, 0)
  session.progress()
  return { cursor: page.response.cursor, epoch: page.response.epoch }
}

async function gather(session: ScopeSession, feed: FeedState, { told, ahead }: PullMode): Promise<Gathered> {
  const { pageSize } = session
  let asked = 0
  const changes: Change[] = []
  const unreadable: CheckedPull['unreadable'][number][] = []
  const gathered = ({ cursor, epoch, hasMore, remaining }: CheckedPull['response']): Gathered => ({
    changes,
    unreadable,
    cursor,
    epoch,
    hasMore,
    remaining: remaining ?? null,
    told: false,
    asked,
  })
  const keep = (page: CheckedPull): void => {
    for (const change of page.response.changes) changes.push(change)
    unreadable.push(...page.unreadable)
  }
  let from = nextPull(feed)
  let last: CheckedPull['response'] | null = null
  const arrived = session.arrived.take(feed.snapshot === null ? feed.cursor : null)
  for (const page of arrived.pages) {
    keep(page)
    last = page.response
    from = { ...from, cursor: last.cursor }
  }
  if (told && arrived.complete && last?.hasMore !== true) {
    const { cursor, epoch } = last ?? { cursor: feed.cursor!, epoch: feed.epoch }
    return { changes, unreadable, cursor, epoch, hasMore: false, remaining: null, told: true, asked }
  }
  for (;;) {
    let page: CheckedPull
    try {
      page = await (session.ahead.take(from.cursor) ?? pullPage(session, from, pageSize.current))
    } catch (error) {
      if (isSyncError(error, 'TIMEOUT')) pageSize.timedOut()
      if (last === null) throw error
      return { ...gathered(last), failure: toSyncError(error, 'BACKEND_FAILED', 'The pull failed') }
    }
    const { response } = page
    if (response.hasMore && response.cursor === from.cursor) {
      const why =
        'The backend says there is more, but its cursor does not move. The adapter needs to be mended.'
      throw new SyncError('PROTOCOL', why, { details: { scope: session.scope } })
    }
    keep(page)
    asked += 1
    const full = changes.length + pageSize.current > CHANGES_PER_COMMIT
    if (ahead && response.hasMore && feed.snapshot !== null)
      askAhead(session, { ...from, cursor: response.cursor })
    if (!response.hasMore || feed.snapshot !== null || full) return gathered(response)
    last = response
    from = { ...from, cursor: response.cursor }
  }
}

/** Asking and storing count, since both are what the next page has to wait for. */
function notePages({ pageSize }: ScopeSession, { asked, changes, hasMore }: Gathered, ms: number): void {
  if (asked > 0) pageSize.took({ changes: changes.length / asked, hasMore, ms: ms / asked })
}

interface PageFrom {
  readonly cursor: string | null
  readonly collections: readonly string[]
}

async function pullPage(session: ScopeSession, from: PageFrom, limit: number): Promise<CheckedPull> {
  const { clock } = session.deps
  const sentAt = clock.now()
  const page = await askForPage(session, from, limit, session.limits)
  noteServerTime(session, sentAt, page.response.serverTime)
  return page
}

/** When its answer comes the store may be at work: it tells nothing of the backend's clock. */
function askAhead(session: ScopeSession, from: PageFrom & { readonly cursor: string }): void {
  const { limits, pageSize } = session
  session.ahead.begin(from.cursor, (signal) =>
    askForPage(session, from, pageSize.current, { ...limits, signal }),
  )
}

async function askForPage(
  { deps, scope }: ScopeSession,
  { cursor, collections }: PageFrom,
  limit: number,
  limits: RequestLimits,
): Promise<CheckedPull> {
  const message: PullRequest = { scope, collections: collections.map((name) => ({ name })), cursor, limit }
  return checkPullResponse(await request(limits, (signal) => deps.adapter.pull(message, signal)))
}

/** Where another process on this store has come to. */
async function storedFeed({ deps, scope }: ScopeSession): Promise<FeedState> {
  return stillOpen(parseFeed((await deps.store.entry(feedEntry(scope)))?.value ?? null))
}

/** Null, and nothing is written, where another process on this store has pulled meanwhile. */
async function commitPulled(
  session: ScopeSession,
  feed: FeedState,
  pages: Gathered,
): Promise<FeedState | null> {
  const { deps, scope } = session
  const known = pages.changes.filter(({ collection }) => deps.collections.has(collection))
  const isFirst = feed.snapshot?.reason === 'first'
  const result = await deps.store.submit({
    origin: 'remote',
    keys: distinct(known),
    // What a new client is shown first is hardly ever here already.
    fresh: isFirst,
    entries: [
      feedEntry(scope),
      asideEntry(scope),
      acknowledgedEntry(scope),
      ...(isFirst ? [CLIENT_ENTRY] : []),
    ],
    run: (workspace) => {
      if (!isStill(workspace, scope, feed)) return null
      const news = feed.snapshot === null ? withoutOlder(session, workspace, known) : known
      const told = applyChanges(session, workspace, news, feed)
      if (movesCursor(feed)) {
        noteShown(session, workspace, known)
        noteAsideShown(session, workspace, known)
      }
      const aside = [...told.aside, ...pages.unreadable.flatMap((one) => (hasKey(one) ? [one] : []))]
      if (aside.length > 0) addAside(workspace, scope, aside)
      const hasPushed = isFirst && (parseIdentity(workspace.entry(CLIENT_ENTRY))?.next ?? 1) > 1
      const next = advanced(feed, { ...pages, count: pages.changes.length, hasPushed })
      workspace.setEntry(feedEntry(scope), JSON.stringify(next))
      return { ...told, next }
    },
  })
  if (result === null) return null
  session.counts.pulled += pages.changes.length
  for (const { key, events } of result.events) tell(session, key, events)
  for (const { key, error } of result.errors) reportError(session, error, key)
  for (const unreadable of pages.unreadable) {
    const error = new SyncError(
      'PROTOCOL',
      `A change could not be read and was set aside: ${unreadable.reason}`,
      {
        details: { scope, ...unreadable },
      },
    )
    reportError(session, error, hasKey(unreadable) ? unreadable : undefined)
  }
  return result.next
}

/** Each record once: of several pages one may be in more than one. */
function distinct(changes: readonly Change[]): readonly RecordKey[] {
  const ids = new Map<string, Set<string>>()
  return changes.filter(({ collection, id }) => {
    const seen = ids.get(collection)
    if (seen === undefined) ids.set(collection, new Set([id]))
    else if (seen.has(id)) return false
    else seen.add(id)
    return true
  })
}

/** False where another process has moved the cursor since it was read, or forgotten the scope. */
function isStill(workspace: Workspace, scope: string, feed: FeedState): boolean {
  const stored = parseFeed(workspace.entry(feedEntry(scope)))
  return (
    stored !== null &&
    stored.cursor === feed.cursor &&
    stored.generation === feed.generation &&
    stored.snapshot?.cursor === feed.snapshot?.cursor
  )
}

interface Applied {
  readonly events: readonly { readonly key: RecordKey; readonly events: readonly TransitionEvent[] }[]
  readonly errors: readonly { readonly key: RecordKey; readonly error: SyncError }[]
  readonly aside: readonly RecordKey[]
}

function applyChanges(
  session: ScopeSession,
  workspace: Workspace,
  changes: readonly Change[],
  feed: FeedState,
): Applied {
  const events: { key: RecordKey; events: readonly TransitionEvent[] }[] = []
  const errors: { key: RecordKey; error: SyncError }[] = []
  const aside: RecordKey[] = []
  const contexts = new Map<string, ReturnType<typeof transitionContext>>()
  const older = olderStates(session, feed)
  for (const change of changes) {
    const { collection, id } = change
    const key = { collection, id }
    let context = contexts.get(collection)
    if (context === undefined) {
      context = transitionContext(session, session.deps.collections.get(collection)!, feed.generation)
      contexts.set(collection, context)
    }
    const current = workspace.get(key)
    if (current !== null && current.scope !== session.scope) {
      errors.push({ key, error: collision(key, current.scope, session.scope) })
      aside.push(key)
      continue
    }
    try {
      const outcome = pulled(current, change, { collection, id, scope: session.scope }, context, older)
      workspace.set(key, outcome.state)
      if (outcome.events.length > 0) events.push({ key, events: outcome.events })
    } catch (error) {
      const reason = reasonOf(error)
      errors.push({
        key,
        error: new SyncError(
          'PROTOCOL',
          `A change to ${slotName(key)} could not be taken and was set aside: ${reason}`,
          {
            cause: error,
          },
        ),
      })
      aside.push(key)
    }
  }
  return { events, errors, aside }
}

function olderStates(session: ScopeSession, feed: FeedState): OlderState {
  if (feed.snapshot?.reason !== 'epoch') return 'ignore'
  return session.deps.settings.onBackendReset === 'recover' ? 'recover' : 'take'
}

function collision(key: RecordKey, here: string, there: string): SyncError {
  return new SyncError(
    'ID_COLLISION',
    `${slotName(key)} of scope ${there} is set aside: scope ${here} holds this id already. Give records ids of their own.`,
    { details: { ...key, scope: there, heldBy: here } },
  )
}

function hasKey<T extends CheckedPull['unreadable'][number]>(value: T): value is T & RecordKey {
  return value.collection !== undefined && value.id !== undefined
}
