import { expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'

test('the same text has the same fingerprint, in 16 hex digits', () => {
  for (const text of ['', 'a', '{"id":"a","n":1}', '\u{1f600}'.repeat(1_000)]) {
    expect(fingerprint(text)).toMatch(/^[0-9a-f]{16}$/)
    expect(fingerprint(text)).toBe(fingerprint(text))
  }
})

test('texts that differ a little differ in it, in both halves', () => {
  const texts = Array.from({ length: 20_000 }, (_, n) => `{"set":{"/n":${n}}}`)
  const prints = texts.map(fingerprint)
  expect(new Set(prints).size).toBe(texts.length)
  for (const half of [(print: string) => print.slice(0, 8), (print: string) => print.slice(8)]) {
    expect(new Set(prints.map(half)).size).toBeGreaterThan(texts.length - 10)
  }
})
