/**
 * Push: requests of one scope that wait together become one statement, which is one transaction. Mutations are checked here;
 * the database decides and applies. No transaction grows without bounds.
 */
import {
  checkPush,
  isStorable,
  type Prepared,
  prepareMutation,
  reject,
  type Unit,
  unitsOf,
} from '@synclayer/adapter-kit'
import {
  isSyncError,
  type Projection,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushResult,
  SyncError,
} from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { isLine, toColumns } from './checked-columns.ts'
import { WEIGHT_PER_TRANSACTION } from './commit-pushes.ts'
import { raced } from './connection.ts'

// So many bytes weigh as much as a mutation that has none.
const BYTES_PER_WEIGHT = 32 * 1024
// What is applied together is one value in the database, which takes 1 GiB, and a document there may be larger than its text.
const MOST_BYTES = 192 * 1024 * 1024

/** What goes into one transaction. */
interface Parcel {
  readonly units: readonly Unit[]
  readonly weight: number
}

/** Tries to apply the mutations. Rejects only where nothing is known of any of them (A8). */
export async function push(
  backend: Backend,
  request: PushRequest,
  signal: AbortSignal,
): Promise<PushResponse> {
  checkPush(request)
  checkIds(request)
  const head = headText(request)
  const now = backend.context.clock.now()
  const { maxRecordBytes } = backend.options
  const prepared = request.mutations.map((mutation) =>
    prepareMutation(mutation, request.clientId, now, maxRecordBytes),
  )
  const results: PushResult[] = []
  const parcels: Parcel[] = []
  for (const unit of unitsOf(prepared)) {
    const packed = pack(unit)
    if ('units' in packed) parcels.push(packed)
    else results.push(...packed.refused)
  }
  let serverTime: number | null = null
  for (const { units, weight } of slicesOf(parcels)) {
    const work = { head, weight, ...toColumns(units) }
    try {
      const share = await raced(
        backend.pushes.add(request.scope, work, signal),
        signal,
        null,
        () => undefined,
      )
      if (share.error !== undefined) throw share.error
      results.push(...share.results)
      serverTime = share.serverTime
    } catch (error) {
      if (results.length === 0 || !isSyncError(error)) throw error
      const answered = new Set(results.map(({ id }) => id))
      const rest = request.mutations.filter(({ id }) => !answered.has(id))
      results.push(...rest.map(({ id }): PushResult => ({ id, status: 'retry', code: error.code })))
      break
    }
  }
  return { results, serverTime }
}

/** Throws PROTOCOL where a mutation is sent twice: its two results could not be told apart. */
function checkIds({ mutations }: PushRequest): void {
  const ids = mutations.map((mutation: PushRequest['mutations'][number] | null) => mutation?.id)
  if (new Set(ids).size === ids.length) return
  throw new SyncError('PROTOCOL', 'A mutation is sent twice in one request', {
    details: { field: 'mutations' },
  })
}

/** The request without its mutations, as JSON text. What nobody can have stored is left out. */
function headText({ clientId, settled, epoch, cursor, fields }: PushRequest): string {
  return JSON.stringify({
    clientId: storable(clientId) ?? '',
    settled,
    epoch: storable(epoch) ?? '',
    cursor: storable(cursor) ?? '',
    fields: fields === undefined ? undefined : storableProjections(fields),
  })
}

function storableProjections(projections: NonNullable<PushRequest['fields']>): PushRequest['fields'] {
  return Object.fromEntries(
    Object.entries(projections)
      .filter(storable)
      .map(([name, fields]) => [name, storableFields(fields)]),
  )
}

function storable<Value>(value: Value): Value | undefined {
  return isStorable(JSON.stringify(value)) ? value : undefined
}

function storableFields(fields: Projection): Projection {
  const keep = (names: readonly string[]): readonly string[] =>
    names.filter((name) => isStorable(JSON.stringify(name)))
  return 'only' in fields ? { only: keep(fields.only) } : { except: keep(fields.except) }
}

/** The unit and its weight; or its answers, where it can never be applied. */
function pack(unit: Unit): Parcel | { readonly refused: readonly PushResult[] } {
  const refusals = unit.map(refusalOf)
  if (refusals.some((refusal) => refusal !== undefined)) {
    return {
      refused: unit.map(({ mutation: { id } }, index) => ({
        id,
        ...(refusals[index] ?? { status: 'aborted' }),
      })),
    }
  }
  const bytes = unit.reduce((sum, prepared) => sum + sizeOf(prepared), 0)
  if (bytes <= MOST_BYTES) {
    return { units: [unit], weight: unit.length + Math.floor(bytes / BYTES_PER_WEIGHT) }
  }
  const tooLarge = reject('GROUP_TOO_LARGE', `The group has ${bytes} bytes; ${MOST_BYTES} are taken together`)
  return { refused: unit.map(({ mutation: { id } }) => ({ id, ...tooLarge })) }
}

function refusalOf({ refusal, mutation }: Prepared): PushOutcome | undefined {
  if (refusal !== undefined || mutation.base === null || isSendable(mutation.base)) return refusal
  return reject('INVALID_MUTATION', 'The base is no version')
}

function isSendable(base: string): boolean {
  return isLine(base) && isStorable(JSON.stringify(base))
}

/** The characters of what is variable in a mutation. */
function sizeOf({ mutation, document }: Prepared): number {
  return document?.length ?? JSON.stringify(mutation.patch ?? null).length
}

/** Several parcels to a transaction; one that is heavy has its own. A push of none is one transaction: it may settle. */
function slicesOf(parcels: readonly Parcel[]): readonly Parcel[] {
  const slices: { units: Unit[]; weight: number }[] = []
  for (const { units, weight } of parcels) {
    const last = slices.at(-1)
    if (last !== undefined && last.weight + weight <= WEIGHT_PER_TRANSACTION) {
      last.units.push(...units)
      last.weight += weight
    } else slices.push({ units: [...units], weight })
  }
  return slices.length === 0 ? [{ units: [], weight: 0 }] : slices
}
