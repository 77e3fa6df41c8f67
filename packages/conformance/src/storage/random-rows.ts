import type { KeyRange, Lane, QueryPlan, RecordWrite } from '@synclayer/core/storage'
import type { SeededRandom } from '../runner.ts'
import { utf8 } from './naive-walk.ts'
import { COLLECTIONS } from './storage-suite.ts'

/** Letters whose order by code unit, by code point and by locale differ. */
const LETTERS = ['a', 'b', 'B', '1', '~', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}', ' ', '/']
/** Bytes that sort at the ends, and around the sign of a signed byte. */
const BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff]

/** An id of one to three letters, so that ids meet again and are prefixes of each other. */
export function randomId({ whole, pick }: SeededRandom): string {
  return Array.from({ length: 1 + whole(3) }, () => pick(LETTERS)).join('')
}

/** A key of up to three bytes, so that keys are often equal and often prefixes. */
function randomKey({ whole, pick }: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: whole(4) }, () => pick(BYTES))
}

/** A row of one of the collections; `order` must be new. */
export function randomRow(random: SeededRandom, order: number, collections: readonly string[]): RecordWrite {
  const collection = random.pick(collections)
  const { indexes } = COLLECTIONS.find(({ name }) => name === collection)!
  const lane = random.pick<Lane | null>([null, null, 'waiting', 'sending', 'parked'])
  const document = random.chance(0.8) ? `{"n":${random.whole(1e6)}}` : null
  return {
    collection,
    id: randomId(random),
    scope: random.pick(['default', 'user:1', 'user:2']),
    document,
    base: random.chance(0.3) ? `{"base":${random.whole(100)}}` : null,
    sync: `{"s":${random.whole(1e6)}}`,
    lane,
    order: lane === null ? 0 : order,
    keys: document === null ? [] : indexes.map(() => randomKey(random)),
  }
}

/** A plan over a collection, with bounds often at keys that exist. */
export function randomPlan(
  random: SeededRandom,
  collection: string,
  withIndexes: boolean,
): Omit<QueryPlan, 'limit'> {
  const { indexes } = COLLECTIONS.find(({ name }) => name === collection)!
  const index = withIndexes && indexes.length > 0 && random.chance(0.8) ? random.pick(indexes) : null
  const bound = (): Uint8Array =>
    index === null && random.chance() ? utf8(randomId(random)) : randomKey(random)
  const range: KeyRange = {
    ...(random.chance() ? { lower: bound() } : {}),
    ...(random.chance() ? { upper: bound() } : {}),
    ...(random.chance() ? { lowerExclusive: random.chance() } : {}),
    ...(random.chance() ? { upperExclusive: random.chance() } : {}),
  }
  return {
    collection,
    index,
    ...(random.chance(0.8) ? { range } : {}),
    ...(random.chance() ? { reverse: random.chance(0.8) } : {}),
  }
}
