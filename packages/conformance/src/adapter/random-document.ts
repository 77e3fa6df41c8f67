import type { Json, JsonObject } from '@synclayer/core/adapter'
import type { SeededRandom } from '../runner.ts'
import { HOSTILE_KEYS } from './hostile-values.ts'

/** Fields of a random document: any JSON that core accepts, the odd more often than life has it. */
export function randomFields(random: SeededRandom, levels = 4): JsonObject {
  const members: [string, Json][] = []
  for (let count = random.whole(6); count > 0; count--)
    members.push([randomKey(random), randomJson(random, levels - 1)])
  return Object.fromEntries(members)
}

/** A random value of at most so many levels. */
export function randomJson(random: SeededRandom, levels: number): Json {
  const kind = random.whole(levels > 0 ? 7 : 5)
  if (kind === 0) return random.pick([null, true, false])
  if (kind < 3) return randomNumber(random)
  if (kind < 5) return randomText(random)
  if (kind === 5) return Array.from({ length: random.whole(5) }, () => randomJson(random, levels - 1))
  return randomFields(random, levels)
}

function randomKey(random: SeededRandom): string {
  const key = random.chance() ? random.pick(HOSTILE_KEYS) : randomText(random)
  // The id is the record's; the other is no key of any document.
  return key === 'id' || key === '__proto__' ? `${key}_` : key
}

/** Any double, by its bits; or one of those that get lost on the way. */
function randomNumber(random: SeededRandom): number {
  const words = Uint32Array.of(random.whole(2 ** 32), random.whole(2 ** 32))
  const [double = 0] = new Float64Array(words.buffer)
  const odd = random.pick([
    0,
    1,
    -1,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    2 ** 31,
    2 ** 63,
    0.1,
    1e21,
    1e-7,
    5e-324,
  ])
  // What is no number is none in JSON either, and a zero has no sign.
  return random.chance() && Number.isFinite(double) ? double + 0 : odd
}

/** Code points of all planes, less those that are no letters at all: U+0000 and halves of pairs. */
function randomText(random: SeededRandom): string {
  const highest = random.pick([0x7f, 0xff, 0x7ff, 0xffff, 0x10ffff])
  return Array.from({ length: random.whole(12) }, () => {
    const point = 1 + random.whole(highest)
    return String.fromCodePoint(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point)
  }).join('')
}
