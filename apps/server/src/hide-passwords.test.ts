import { describe, expect, test } from 'vitest'
import { hidePasswords } from './hide-passwords.ts'

describe('hidePasswords', () => {
  test.each([
    ['postgres://ada:hunter2@db:5432/app', 'postgres://ada:…@db:5432/app'],
    ['redis://:hunter2@db', 'redis://:…@db'],
    ['mongodb+srv://ada:hunter2@a:1,b:2/app?x=y', 'mongodb+srv://ada:…@a:1,b:2/app?x=y'],
    // As people write them, although a URL would have them encoded.
    ['mysql://ada:hun/ter?2@#@db/app', 'mysql://ada:…@db/app'],
    [
      'postgres://db/app?user=ada&password=hunter2&sslmode=require',
      'postgres://db/app?user=ada&password=…&sslmode=require',
    ],
    [
      'at x: "postgres://ada:hunter2@db" and mysql://b:hunter2@c.',
      'at x: "postgres://ada:…@db" and mysql://b:…@c.',
    ],
  ])('%s', (text, hidden) => {
    expect(hidePasswords(text)).toBe(hidden)
  })

  test.each(['postgres://ada@db:5432/app', 'http://127.0.0.1:8787/sync', 'a text: with @ and // in it'])(
    'leaves %s as it is',
    (text) => {
      expect(hidePasswords(text)).toBe(text)
    },
  )

  test('JSON stays JSON, whatever the password', () => {
    const entry = { url: 'postgres://ada:hun"ter\\2@db', host: 'http://a:1', mail: 'ada@example.com' }
    expect(JSON.parse(hidePasswords(JSON.stringify(entry)))).toEqual({ ...entry, url: 'postgres://ada:…@db' })
  })
})
