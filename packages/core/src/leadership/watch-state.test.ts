import { expect, test } from 'vitest'
import { HEARD, NEW_WATCH, type Watch, watchTick } from './watch-state.ts'

/** What the ticks lead to, with a sign of life before those named. */
function actsOf(ticks: number, heardBefore: readonly number[] = []): readonly string[] {
  let watch: Watch = NEW_WATCH
  return Array.from({ length: ticks }, (_, tick) => {
    if (heardBefore.includes(tick)) watch = HEARD
    const step = watchTick(watch)
    watch = step.watch
    return step.act
  })
}

test('a leader that never answers is asked four times, and then its place is taken (W39)', () => {
  expect(actsOf(6)).toEqual(['ask', 'ask', 'ask', 'ask', 'take', 'ask'])
})

test('one that answers is asked every other tick, and by one of many followers only (W39)', () => {
  expect(actsOf(6, [1, 3, 5])).toEqual(['ask', 'rest', 'ask', 'rest', 'ask', 'rest'])
  expect(actsOf(4, [0, 1, 2, 3])).toEqual(['rest', 'rest', 'rest', 'rest'])
})

test('an answer before the last moment counts in full (W39)', () => {
  expect(actsOf(10, [4]).join(' ')).toBe('ask ask ask ask rest ask ask ask ask take')
})
