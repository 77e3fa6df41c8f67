import { describe, expect, test } from 'vitest'
import { appPath, isPagePath } from './app-path.ts'

describe('appPath', () => {
  test.each([
    ['/', ['index.html']],
    ['/index.html', ['index.html']],
    ['/assets/app-1a2b3c4d.js', ['assets', 'app-1a2b3c4d.js']],
    ['/icons/a%20b.png', ['icons', 'a b.png']],
  ])('%s is a file of the app', (path, names) => {
    expect(appPath(path)).toEqual(names)
  })

  test.each([
    '/..',
    '/../secret',
    '/a/../../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/a%2f..%2fsecret',
    '/..%5csecret',
    '/a\\b',
    '/c:/secret',
    '/.env',
    '/a/.git/config',
    '/a%00.js',
    '/%',
    '//',
    '/a/',
    '//etc/passwd',
    '/é.js',
  ])('%s is none', (path) => {
    expect(appPath(path)).toBeNull()
  })
})

test('a page of the app is an address without an ending', () => {
  for (const path of ['/', '/lists', '/lists/', '/lists/of%20ada']) expect(isPagePath(path)).toBe(true)
  for (const path of ['/a.js', '/lists/a.png', '/.env', '/a%2ejs']) expect(isPagePath(path)).toBe(false)
})
