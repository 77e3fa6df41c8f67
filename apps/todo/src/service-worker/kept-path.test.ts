import { describe, expect, test } from 'vitest'
import { keptPath } from './kept-path.ts'

const ORIGIN = 'http://localhost:8787'
const KEPT = new Set(['/', '/assets/index-abc.js'])

describe('keptPath', () => {
  test.each([
    ['GET', '/', 'navigate', '/'],
    ['GET', '/?device=second', 'navigate', '/'],
    ['GET', '/assets/index-abc.js', 'cors', '/assets/index-abc.js'],
    ['GET', '/assets/index-old.js', 'cors', null],
    ['POST', '/sync/push', 'cors', null],
    ['GET', '/sync/ws', 'websocket', null],
    ['GET', '/sync/todos', 'cors', null],
    ['POST', '/', 'navigate', null],
    ['GET', '/health', 'navigate', null],
    ['POST', '/demo/sign-in', 'cors', null],
  ])('%s %s (%s): %s', (method, path, mode, expected) => {
    expect(keptPath({ method, url: ORIGIN + path, mode }, ORIGIN, KEPT)).toBe(expected)
  })

  test('nothing of another origin', () => {
    expect(
      keptPath({ method: 'GET', url: 'https://elsewhere.example/', mode: 'cors' }, ORIGIN, KEPT),
    ).toBeNull()
  })
})
