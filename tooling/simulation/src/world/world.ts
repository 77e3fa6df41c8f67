/** Everything of one run: the devices and their disks, the networks, the backend and what befalls it, the observers. */
import {
  createModelBackend,
  createVirtualTime,
  type ModelBackend,
  type VirtualTime,
} from '@synclayer/core/testing'
import {
  isSyncError,
  type Mutation,
  type PushRequest,
  type PushResult,
  type RemoteRecord,
} from '@synclayer/core/adapter'
import { type Entry, nameOf } from '../oracle/backend-log.ts'
import { placeOf, positionOf, standIn } from '../oracle/feed-stand.ts'
import { Observer } from '../oracle/observer.ts'
import { type Attempt, Oracle } from '../oracle/oracle.ts'
import type { Count } from '../oracle/tally.ts'
import {
  type CollectionName,
  documentIn,
  type Marked,
  PAIR,
  scopeOf,
  tokensOf,
} from '../scenario/collections.ts'
import { type Scenario, SCOPES } from '../scenario/scenario.ts'
import { type Counts, noCounts } from './counts.ts'
import { Device } from './device.ts'
import { Disk } from './disk.ts'
import { DeviceNetwork } from './network.ts'

/** A copy of the backend, and how much it had committed. */
export interface Backup {
  readonly data: unknown
  readonly commits: number
}

/** A mutation that the backend has applied, and that a disk does not know the answer to. */
interface Unheard {
  readonly id: string
  readonly record: string
  readonly scope: string
  /** What it deleted, where it is a delete. */
  readonly deleted: Marked | null
}

export class World {
  readonly time: VirtualTime = createVirtualTime(undefined, 'tick')
  readonly counts: Counts = noCounts()
  readonly oracle = new Oracle()
  readonly backend: ModelBackend
  readonly disks: readonly Disk[]
  readonly devices: readonly Device[]
  readonly observers: readonly Observer[]
  /** Refuses poisoned records. */
  strict = true
  /** How long the next commit takes to become visible. */
  stallMs = 0
  replica: Backup | null = null
  backup: Backup | null = null
  /** The edits that were certainly on each disk as its copy was kept. */
  readonly keptAt = new Map<Disk, ReadonlySet<Attempt | Count>>()
  readonly #refused = new Set<string>()
  /** Mutations that were refused since another copy of the store had used their id. */
  readonly #reused = new Set<string>()
  /** How many entries of the log the backend no longer has the answers of. */
  #forgotten = 0
  readonly #say: ((line: string) => void) | null
  readonly #began: number

  constructor(scenario: Scenario, say: ((line: string) => void) | null) {
    this.#say = say
    this.#began = this.time.clock.now()
    this.backend = this.#createBackend()
    this.disks = Array.from({ length: scenario.disks }, () => new Disk())
    this.devices = scenario.devices.map((_, index) => this.#createDevice(scenario, index))
    this.observers = scenario.observers.map((setup) => new Observer(setup, this.backend.adapter()))
  }

  /** One line of what happened, with the virtual second it happened in. */
  readonly trace = (line: string): void => {
    if (this.#say === null) return
    this.#say(`${((this.time.clock.now() - this.#began) / 1_000).toFixed(3)} ${line}`)
  }

  get isTraced(): boolean {
    return this.#say !== null
  }

  records(): readonly RemoteRecord[] {
    return SCOPES.flatMap((scope) => this.backend.records(scope))
  }

  takeBackup(): Backup {
    return { data: this.backend.backup(), commits: this.oracle.log.entries.length }
  }

  /** The backend is what it was. A replica of the future is none. */
  restore(backup: Backup, unnoticed: boolean): boolean {
    const loses = this.oracle.log.entries.length > backup.commits
    this.backend.restore(backup.data, { unnoticed })
    const known = { unanswered: this.#unanswered(), uneven: this.#uneven() }
    this.oracle.restored(backup.commits, this.records(), known)
    // What is written from now on is not forgotten yet.
    this.#forgotten = Math.min(this.#forgotten, backup.commits)
    if (this.backup !== null && this.backup.commits > backup.commits) this.backup = null
    this.replica = null
    return loses
  }

  /**
   * The backend forgets that it applied what some device does not know the answer to. If another has changed
   * that record since, the device counts it again.
   */
  forgetAnswers(): void {
    this.#forgotten = this.oracle.log.entries.length
    for (const disk of this.disks) {
      for (const { id, record, deleted } of this.#unheardOn(disk)) this.oracle.forgotten(id, record, deleted)
      this.forgetAnswersTo(disk)
    }
  }

  /** The same of what this disk, which was put back, or holds a copy of another's store, may send again under its old ids. */
  forgetAnswersTo(disk: Disk): void {
    const identity = disk.memory.entries.get('client')?.value
    if (identity === undefined) return
    const { id: clientId, next } = JSON.parse(identity) as { readonly id: string; readonly next: number }
    const inFlight = this.#unheardOn(disk).map(({ id }) => id)
    for (const { mutation, record } of this.oracle.log.entries.slice(0, this.#forgotten)) {
      const { id } = mutation
      const isUnknown = id.startsWith(`${clientId}.`) && !isBelow(id, clientId, next)
      if (isUnknown || inFlight.includes(id)) this.oracle.forgotten(id, nameOf(record))
    }
  }

  /**
   * The same where one of two copies of a store says that all below `settled` is settled: it does not know what the other has
   * sent under their common id. Of what is on the pushing disk itself nothing may be forgotten.
   */
  #forgetTwinsAnswers(pusher: Disk, { scope, clientId, settled }: PushRequest): void {
    for (const disk of this.disks) {
      if (disk === pusher) continue
      for (const { id, record, deleted, scope: theirs } of this.#unheardOn(disk))
        if (theirs === scope && isBelow(id, clientId, settled)) this.oracle.forgotten(id, record, deleted)
    }
  }

  /**
   * A double of what was refused under a reused id comes after that id is settled, and so forgotten: now it is applied. Its
   * change has another id by then, and counts under both; while it is in flight under the old one, it has none.
   */
  #noteLateDoubles(applied: readonly Entry[]): void {
    for (const { mutation, record } of applied)
      if (this.#reused.has(nameOfMutation(mutation)) && !this.#isInFlight(mutation))
        this.oracle.appliedUnderTwoIds(nameOf(record))
  }

  #isInFlight(mutation: Mutation): boolean {
    return this.disks.some((disk) =>
      disk.unsent().some(({ sync }) => {
        const { inFlight } = JSON.parse(sync) as { readonly inFlight?: Pick<Mutation, 'id' | 'time'> }
        return inFlight !== undefined && nameOfMutation(inFlight) === nameOfMutation(mutation)
      }),
    )
  }

  /** Records that the disks know in more than one version. */
  #uneven(): ReadonlySet<string> {
    const versions = new Map<string, unknown>()
    const uneven = new Set<string>()
    for (const { sync, collection, id } of this.disks.flatMap((disk) => disk.rows())) {
      const name = `${collection}/${id}`
      const { version } = JSON.parse(sync) as { readonly version: string | null }
      if (version === null) continue
      if ((versions.get(name) ?? version) !== version) uneven.add(name)
      versions.set(name, version)
    }
    return uneven
  }

  /** The ids of what no device knows the answer to. */
  #unanswered(): ReadonlySet<string> {
    const ids = this.disks.flatMap((disk) =>
      disk.unsent().flatMap(({ sync }) => {
        const { inFlight } = JSON.parse(sync) as { readonly inFlight?: { readonly id: string } }
        return inFlight === undefined ? [] : [inFlight.id]
      }),
    )
    return new Set(ids)
  }

  /** Mutations that the backend has applied and a disk has in flight still. */
  #unheardOn(disk: Disk): readonly Unheard[] {
    return disk.unsent().flatMap(({ collection, id: recordId, scope, base, sync }) => {
      const { inFlight } = JSON.parse(sync) as { readonly inFlight?: Pick<Mutation, 'id' | 'time' | 'kind'> }
      if (inFlight === undefined) return []
      const { id, time, kind } = inFlight
      const isApplied = this.oracle.log.entries.some(
        ({ mutation }) => mutation.id === id && mutation.time === time,
      )
      const deleted = kind === 'delete' ? documentIn(base) : null
      return isApplied ? [{ id, record: `${collection}/${recordId}`, scope, deleted }] : []
    })
  }

  /** All tokens of a record that are anywhere but in what was kept aside. */
  everywhere(collection: CollectionName, id: string): ReadonlySet<string> {
    const tokens = new Set(
      tokensOf(this.oracle.log.current(`${collection}/${id}`)?.data as Marked | undefined),
    )
    for (const { token, record, acknowledged } of this.oracle.attempts)
      if (!acknowledged && record === `${collection}/${id}`) tokens.add(token)
    for (const disk of this.disks) {
      const row = disk.row(collection, id)
      if (row === undefined) continue
      for (const text of [row.document, row.base, row.sync])
        for (const [token] of (text ?? '').matchAll(TOKEN)) if (this.oracle.isToken(token)) tokens.add(token)
    }
    return tokens
  }

  /**
   * True where a user of this disk may not know of all that was done to the record: another disk has something unsent of
   * it, be it a copy's. Counts leave no token to tell by, nor does what undoes a discarded change, and what copies of one store
   * send has the same tokens: so too where somebody is at it, or the backend has another version.
   */
  isChangedElsewhere(disk: Disk, collection: CollectionName, id: string): boolean {
    const name = `${collection}/${id}`
    const { tally, log } = this.oracle
    if (this.disks.some((other) => other !== disk && (other.row(collection, id)?.lane ?? null) !== null))
      return true
    if (!this.oracle.mayChangeUnmarked(name)) return false
    const row = disk.row(collection, id)
    const { version = null } = JSON.parse(row?.sync ?? '{}') as { readonly version?: string | null }
    return tally.isUnderWay(name) || version !== (log.current(name)?.version ?? null)
  }

  /** True where a disk has the record and stands in a history that the backend has no longer. */
  async isLeftBehind(collection: string, id: string): Promise<boolean> {
    const scope = scopeOf(id)
    const adapter = this.backend.adapter()
    const { signal } = new AbortController()
    for (const disk of this.disks) {
      const stand = standIn(disk.memory.entries.get(`feed:${scope}`)?.value ?? null)
      if (stand === null || disk.row(collection, id) === undefined) continue
      if (stand.snapshot?.reason === 'epoch') return true
      const request = { scope, collections: [], cursor: stand.cursor ?? stand.start, limit: 0 }
      const isKnown = await adapter.pull(request, signal).then(
        () => true,
        (error: unknown) => !isSyncError(error, 'EPOCH_CHANGED'),
      )
      if (!isKnown) return true
    }
    return false
  }

  #createBackend(): ModelBackend {
    const { counts, time } = this
    return createModelBackend({
      now: () => time.clock.now(),
      stall: () => {
        const ms = this.stallMs
        if (ms === 0) return undefined
        this.stallMs = 0
        counts['commits stalled'] += 1
        this.trace(`backend: a commit stalls for ${ms} ms`)
        return new Promise((resolve) => void time.scheduler.after(ms, resolve))
      },
      // What was refused once stays refused: A3 says nothing of doubles that come after the owner's rules have changed.
      // The same id with another time is another mutation: that of a store which was rolled back.
      refuse: (mutation) => {
        const name = nameOfMutation(mutation)
        if (!this.#refused.has(name)) {
          if (!this.strict || !JSON.stringify(mutation).includes('poison')) return undefined
          this.#refused.add(name)
        }
        return { code: 'FORBIDDEN', reason: 'Poison.' }
      },
      onCommit: (_scope, applied) => {
        counts['commits on the backend'] += 1
        if (applied.some(({ mutation }) => mutation.group !== undefined)) counts['groups committed'] += 1
        if (applied.some(({ record }) => record.deleted)) counts['deletes committed'] += 1
        if (this.isTraced)
          for (const { record } of applied)
            this.trace(
              `backend: ${record.mutation} makes ${record.collection}/${record.id} ${record.version} ${JSON.stringify(record.data ?? null)}`,
            )
        this.#noteLateDoubles(applied)
        this.oracle.committed(applied, time.clock.now())
      },
    })
  }

  #createDevice(scenario: Scenario, index: number): Device {
    const { time, counts, oracle, backend, trace } = this
    const setup = scenario.devices[index]!
    const { seed } = scenario
    const disk = this.disks[setup.disk]!
    const network = new DeviceNetwork({
      seed: seed * 131 + index,
      name: `d${index}`,
      time,
      counts,
      trace,
      readAt: (cursor) => ({ moment: oracle.log.moment, isHeldBack: this.#isPairBeyond(cursor) }),
      onPush: (request, { results }) => {
        this.#forgetTwinsAnswers(disk, request)
        if (results.some(isOfPair)) oracle.feeds.shownPart(disk.memory, request.scope, oracle.log.moment)
        for (const result of results) {
          if (result.status !== 'rejected' || result.code !== 'MUTATION_ID_REUSED') continue
          counts['mutation ids reused'] += 1
          for (const mutation of request.mutations)
            if (mutation.id === result.id) this.#reused.add(nameOfMutation(mutation))
        }
      },
      onPull: () => {
        if (backend.stalled > 0) counts['pulls during a stalled commit'] += 1
      },
      onPage: (page) => oracle.feeds.given(`d${index}`, disk.memory, page),
      onNoPage: (from) => oracle.feeds.cut(`d${index}`, from),
      isOutdated: (request) => this.#isOutdated(request),
    })
    const replica = (): unknown => {
      if (this.replica === null) return null
      if (this.replica.commits < oracle.log.entries.length)
        counts['pulls from a replica that was behind'] += 1
      return this.replica.data
    }
    return new Device({
      index,
      seed,
      setup,
      disk,
      diskIndex: setup.disk,
      elects: scenario.elects === true,
      shared: scenario.devices.some((other, at) => at !== index && other.disk === setup.disk),
      time,
      network,
      connect: (life) => network.adapter(backend.adapter(), backend.adapter({ replica }), life),
      counts,
      trace,
      oracle,
    })
  }

  #isPairBeyond(cursor: string): boolean {
    const { position } = placeOf(cursor)
    return PAIR.some((id) => {
      const current = this.oracle.log.current(`pairs/${id}`)
      return current !== undefined && positionOf(current) > position
    })
  }

  #isOutdated(request: PushRequest): boolean {
    return request.mutations.some(({ id, collection, recordId }) => {
      const current = this.oracle.log.current(`${collection}/${recordId}`)
      return current !== undefined && current.mutation !== id
    })
  }
}

/** It shows one record of the pair alone. */
function isOfPair(result: PushResult): boolean {
  return result.status === 'conflict' && result.current?.collection === 'pairs'
}

/** Copies of a store give one id to different mutations; the time tells them apart. */
function nameOfMutation({ id, time }: Pick<Mutation, 'id' | 'time'>): string {
  return `${id} ${time}`
}

function isBelow(mutationId: string, clientId: string, settled: number): boolean {
  const dot = mutationId.lastIndexOf('.')
  return mutationId.slice(0, dot) === clientId && Number(mutationId.slice(dot + 1)) < settled
}

const TOKEN = /e\d+(?:\.[a-z0-9]+)?/g
