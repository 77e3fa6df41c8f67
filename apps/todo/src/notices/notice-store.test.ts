import { expect, test } from 'vitest'
import { createNoticeStore, durationOf } from './notice-store.ts'

const texts = (store: ReturnType<typeof createNoticeStore>): readonly string[] =>
  store.get().map(({ text }) => text)

test('shows the three latest, and what is told again once', () => {
  const store = createNoticeStore()
  for (const text of ['a', 'b', 'a', 'c', 'd']) store.show({ kind: 'done', text })
  expect(texts(store)).toEqual(['a', 'c', 'd'])
})

test('tells of every change, and of none that is none', () => {
  const store = createNoticeStore()
  let told = 0
  const stop = store.subscribe(() => {
    told += 1
  })
  const id = store.show({ kind: 'done', text: 'a' })
  store.close(id)
  store.close(id)
  stop()
  store.show({ kind: 'done', text: 'b' })
  expect(told).toBe(2)
})

test('a failure stays until it is closed', () => {
  expect(durationOf({ id: 1, kind: 'failure', text: 'a' })).toBeNull()
  expect(durationOf({ id: 1, kind: 'done', text: 'a' })).toBeGreaterThan(0)
})
