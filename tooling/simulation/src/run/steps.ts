/** Does one step of a scenario. */
import { isDeepStrictEqual } from 'node:util'
import { isSyncError } from '@synclayer/core'
import { nameOf } from '../oracle/backend-log.ts'
import { canonical } from '../oracle/canonical.ts'
import { allOf } from '../oracle/naive-query.ts'
import { scopeOf, SYNCED } from '../scenario/collections.ts'
import { type Edit, SCOPES, type Step } from '../scenario/scenario.ts'
import { copyStore, type Disk } from '../world/disk.ts'
import type { Device } from '../world/device.ts'
import { performEdit } from '../world/edits.ts'
import type { World } from '../world/world.ts'

export async function doStep(world: World, step: Step): Promise<void> {
  if (world.isTraced) world.trace(`-- ${JSON.stringify(step)}`)
  await perform(world, step)
  if (step.do === 'edit' && step.join === true) return
  await world.time.settle()
}

async function perform(world: World, step: Step): Promise<void> {
  const { counts, time } = world
  switch (step.do) {
    case 'pass':
      return time.advance(step.ms)
    case 'replicate':
      world.replica = world.takeBackup()
      return
    case 'failover':
      if (world.replica !== null && world.restore(world.replica, false))
        counts['failovers that lost commits'] += 1
      return
    case 'backup':
      world.backup = world.takeBackup()
      return
    case 'restore':
      if (world.backup === null || !world.restore(world.backup, step.unnoticed)) return
      counts[step.unnoticed ? 'restores unnoticed' : 'restores noticed'] += 1
      return
    case 'stall':
      world.stallMs = step.ms
      return
    case 'purge':
      return purge(world, step.olderMs)
    case 'observe':
      for (let page = 0; page < step.pages; page += 1) {
        counts['observer pages'] += 1
        if (!(await world.observers[step.observer]!.page())) break
      }
      return
    case 'edit':
      edit(world, world.devices[step.device]!, step.edit)
      return
    default:
      return performOn(world, world.devices[step.device]!, step)
  }
}

type DeviceStep = Extract<Step, { readonly device: number }>

async function performOn(
  world: World,
  device: Device,
  step: Exclude<DeviceStep, { do: 'edit' }>,
): Promise<void> {
  const { counts } = world
  const { process, network, disk } = device
  switch (step.do) {
    case 'open':
      void device.open()
      return
    case 'close':
      void device.close()
      return
    case 'sync':
      void process?.layer.sync().catch(expected)
      return
    case 'pause':
      process?.layer.pause()
      return
    case 'resume':
      process?.layer.resume()
      return
    case 'crash':
      device.crashAt(step.point, step.downMs)
      return
    case 'network':
      network.conditions = step.network
      return
    case 'cut':
    case 'uncut':
      network.connected = step.do === 'uncut'
      if (step.told) device.connectivity.emit(network.connected ? 'online' : 'offline')
      return
    case 'expire':
    case 'renew':
      network.authorized = step.do === 'renew'
      return
    case 'limit':
      network.limited = { requests: step.requests, retryAfterMs: step.retryAfterMs }
      return
    case 'disk':
      disk.full = step.full
      return
    case 'clock':
      device.clockMs += step.jumpMs
      counts['clock jumps'] += 1
      return
    case 'wake':
      network.wake()
      return
    case 'retry':
    case 'discard':
      return intervene(world, device, step.do)
    case 'scopes':
      counts['scope changes'] += 1
      // All processes of a device run one app.
      for (const user of usersOf(world, disk)) void user.rescope(step.scopes)
      return
    case 'upgrade':
      if (device.schema === 2) return
      counts['schema upgrades'] += 1
      restart(world, disk, (user) => {
        user.schema = 2
      })
      return
    case 'version':
      return changeVersion(world, device, step.schema)
    case 'keep':
      world.keptAt.set(disk, world.oracle.acknowledged())
      disk.kept = await disk.copy()
      return
    case 'rollback':
      return rollback(world, device)
    case 'copy':
      return copy(world, device, world.devices[step.to]!)
  }
}

function usersOf(world: World, disk: Disk): readonly Device[] {
  return world.devices.filter((device) => device.disk === disk)
}

/** All processes on a disk end, whatever they were doing, before the first starts again. */
function restart(world: World, disk: Disk, change: (device: Device) => void): void {
  const users = usersOf(world, disk)
  for (const user of users) user.kill()
  for (const user of users) change(user)
  for (const user of users) void user.open()
}

/** One process of a disk starts as another version; who has the store open beside it goes on, and is shut out. */
function changeVersion(world: World, device: Device, schema: 1 | 2): void {
  if (device.schema === schema) return
  const { disk } = device
  if (usersOf(world, disk).some((user) => user !== device && user.process !== null))
    world.counts['stores taken over by another version'] += 1
  disk.takenOver = true
  device.kill()
  device.schema = schema
  void device.open()
}

/** What a fault may make of a call; everything else is a violation. */
function expected(error: unknown): void {
  if (!isSyncError(error)) throw error
}

/** Users edit what their device syncs. */
function edit(world: World, device: Device, edit: Edit): void {
  const { process } = device
  if (process === null) return
  if ('id' in edit && edit.kind !== 'draft' && !device.scopes.includes(scopeOf(edit.id))) return
  void performEdit(device, process, edit, {
    oracle: world.oracle,
    counts: world.counts,
    nowMs: () => world.time.clock.now(),
    diskOf: ({ disk }) => world.disks.indexOf(disk),
    everywhere: (collection, id) => world.everywhere(collection, id),
    isChangedElsewhere: ({ disk }, collection, id) => world.isChangedElsewhere(disk, collection, id),
    trace: world.trace,
  })
}

async function purge(world: World, olderMs: number): Promise<void> {
  world.forgetAnswers()
  const deleted = world.records().filter((record) => record.deleted)
  const adapter = world.backend.adapter()
  for (const scope of SCOPES) {
    const { tombstones } = await adapter.purge!({ scope, before: world.time.clock.now() - olderMs })
    world.counts['tombstones purged'] += tombstones
  }
  const records = world.records()
  world.oracle.log.reset(records)
  const kept = new Set(records.map(nameOf))
  for (const record of deleted) {
    const isForgotten = !kept.has(nameOf(record))
    if (isForgotten && (await world.isLeftBehind(record.collection, record.id)))
      world.oracle.deleteForgotten(nameOf(record))
  }
}

async function intervene(world: World, device: Device, what: 'retry' | 'discard'): Promise<void> {
  const { process } = device
  if (process === null) return
  const unsent = device.disk.unsent()
  const target = what === 'retry' ? unsent.find(({ lane }) => lane === 'parked') : unsent.at(-1)
  if (target === undefined || target.collection === 'drafts') return
  const id = `${target.collection}/${target.id}`
  if (what === 'discard') {
    // All of its transaction goes with it.
    const grouped =
      target.collection === 'pairs' ? unsent.filter((row) => row.collection === 'pairs') : [target]
    for (const { collection, id, document } of grouped)
      world.oracle.discarding(device.name, `${collection}/${id}`, document, world.disks.indexOf(device.disk))
  }
  world.counts[what === 'retry' ? 'parked changes retried' : 'unsent changes discarded'] += 1
  void process.layer.outbox[what](id).catch(expected)
}

async function rollback(world: World, device: Device): Promise<void> {
  const { disk } = device
  if (disk.kept === null) return
  const users = usersOf(world, disk)
  for (const user of users) user.kill()
  world.oracle.rolledBack(world.disks.indexOf(disk), world.keptAt.get(disk) ?? new Set())
  disk.memory = await copyStore(disk.kept)
  world.forgetAnswersTo(disk)
  unsentTwice(world, disk, users)
  world.counts['stores rolled back'] += 1
  for (const user of users) void user.open()
}

/** What is unsent on that disk is elsewhere too, or on its way: its users did it. */
function unsentTwice(world: World, disk: Disk, users: readonly Device[]): void {
  const names = users.map(({ name }) => name)
  for (const { collection, id } of disk.unsent()) world.oracle.unsentTwice(`${collection}/${id}`, names)
}

/** Another device goes on with a copy of this one's store; its own is gone. */
async function copy(world: World, from: Device, to: Device): Promise<void> {
  if (from.disk === to.disk) return
  const users = usersOf(world, to.disk)
  for (const user of users) user.kill()
  world.oracle.rolledBack(world.disks.indexOf(to.disk), new Set())
  world.oracle.tally.copied(world.disks.indexOf(from.disk), world.disks.indexOf(to.disk))
  to.disk.memory = await from.disk.copy()
  world.forgetAnswersTo(to.disk)
  unsentTwice(world, to.disk, usersOf(world, from.disk))
  world.counts['stores copied'] += 1
  for (const user of users) {
    user.scopes = from.scopes
    // The store may be in the middle of it.
    user.rescoped ||= from.rescoped
    user.schema = Math.max(user.schema, from.schema) as 1 | 2
    void user.open()
  }
}

/** Q9: what is shown and what is read is what the store holds. */
export async function checkLive(world: World, device: Device): Promise<void> {
  const { process } = device
  if (process === null) return
  process.live.check()
  for (const name of SYNCED) {
    const documents = await process.layer.collection(name).getAll().catch(shutOut)
    if (documents === null) continue
    const wanted = allOf(device.disk.rowsOf(name))
    if (process.life.alive && !isDeepStrictEqual(documents, wanted))
      world.oracle.broken(
        `Q9: ${device.name} gets ${canonical(documents)} of ${name}, its store holds ${canonical(wanted)}`,
      )
  }
}

/** Nothing, where another version of the app has the store now. */
function shutOut(error: unknown): null {
  if (isSyncError(error) && error.details['outdated'] === true) return null
  throw error
}
