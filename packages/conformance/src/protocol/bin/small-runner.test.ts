import { describe, expect, test } from 'vitest'
import { createSmallRunner } from './small-runner.ts'

describe('createSmallRunner', () => {
  test('tells each test as it ends, and counts', async () => {
    const lines: string[] = []
    const runner = createSmallRunner((line) => lines.push(line))
    runner.describe('a group', () => {
      runner.test('passes', async () => {})
      runner.test('fails', async () => {
        throw new Error('on purpose', { cause: new Error('of a cause') })
      })
      runner.test('has no occasion', async () => runner.note('has no occasion', 'no token'))
      runner.test('never ends', () => new Promise(() => {}), 10)
    })
    expect(await runner.run()).toEqual({ passed: 1, failed: 2, untested: 1 })
    expect(lines).toEqual([
      '\na group',
      '  ok     passes',
      '  FAILED fails\n         on purpose: of a cause',
      '  -      has no occasion (not tested: no token)',
      '  FAILED never ends\n         It took more than 10 ms',
    ])
  })

  test('runs only what was asked for, by group or title', async () => {
    const runner = createSmallRunner(() => {}, /second|third one/)
    const ran: string[] = []
    for (const [group, title] of [
      ['first', 'one'],
      ['first', 'third one'],
      ['second', 'one'],
    ] as const) {
      runner.describe(group, () => {
        runner.test(title, async () => void ran.push(`${group}: ${title}`))
      })
    }
    await runner.run()
    expect(ran).toEqual(['first: third one', 'second: one'])
  })
})
