import { SyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { createLog } from './create-log.ts'
import { readableLines } from './readable-lines.ts'

describe('createLog', () => {
  test('writes an entry a line, in JSON, from its level on', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => lines.push(line) })
    log.log('debug', 'Too much')
    log.log('warning', 'A scope is polled', { scope: 'user:1' })
    expect(lines).toHaveLength(1)
    const entry = JSON.parse(lines[0]!) as Record<string, unknown>
    expect(entry).toEqual({
      level: 'warn',
      time: expect.any(String) as string,
      scope: 'user:1',
      msg: 'A scope is polled',
    })
    expect(Date.parse(entry['time'] as string)).toBeGreaterThan(0)
  })

  test('tells of an error what it is, and nothing a driver has attached to it', () => {
    const lines: string[] = []
    const log = createLog('error', { write: (line) => lines.push(line) })
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (text)=(private)' })
    const error = new SyncError('BACKEND_FAILED', 'It failed', { cause, details: { record: 'private' } })
    log.log('error', 'A request failed', { error })
    expect(lines[0]).not.toContain('private')
    expect(JSON.parse(lines[0]!)).toMatchObject({
      error: {
        code: 'BACKEND_FAILED',
        message: 'It failed',
        cause: { code: '23505', message: 'duplicate key' },
      },
    })
  })

  test('a token or a document, if it ever came along, is not written', () => {
    const lines: string[] = []
    const log = createLog('debug', { write: (line) => lines.push(line) })
    log.log('info', 'x', {
      token: 'private',
      request: { authorization: 'private', mutation: { data: 'private' } },
    })
    expect(lines[0]).not.toContain('private')
  })

  test('off writes nothing', () => {
    const lines: string[] = []
    createLog('off', { write: (line) => lines.push(line) }).log('error', 'x')
    expect(lines).toEqual([])
  })
})

describe('readableLines', () => {
  test('an entry is a line for people, its error below', () => {
    let text = ''
    const log = createLog(
      'debug',
      readableLines((line) => (text += line), false),
    )
    log.log('info', 'Purged', { tombstones: 3 })
    log.log('error', 'It failed', {
      scope: 'a b',
      error: new Error('No room', { cause: new Error('disk full') }),
    })
    const [first, second, third] = text.split('\n')
    expect(first).toMatch(/^\d\d:\d\d:\d\d {2}Purged {2}tombstones=3$/)
    expect(second).toMatch(/^\d\d:\d\d:\d\d {2}error {2}It failed {2}scope="a b"$/)
    expect(third).toBe('    Error: No room')
    expect(text).toContain('    caused by\n    Error: disk full')
    expect(text).not.toContain('\u001B')
  })

  test('with colours where asked', () => {
    let text = ''
    const log = createLog(
      'debug',
      readableLines((line) => (text += line), true),
    )
    log.log('warning', 'Mind this')
    expect(text).toContain('\u001B[33mwarning\u001B[39m')
  })
})
