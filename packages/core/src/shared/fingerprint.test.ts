import { expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('%j has the published fingerprint %s', (text, print) => {
  expect(fingerprint(text)).toBe(print)
})

test('equals the definition, in whole numbers of 64 bits, for any text', () => {
  for (const text of ['{"id":"a","n":1}', 'é\u2028\u{1f600}'.repeat(100), '\0'.repeat(50)]) {
    let hash = 0xcbf29ce484222325n
    for (const byte of new TextEncoder().encode(text))
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
    expect(fingerprint(text)).toBe(hash.toString(16).padStart(16, '0'))
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
