import { describe, expect, test } from 'vitest'
import { createEmitter } from './emitter.ts'

interface Events {
  readonly saved: { readonly id: string }
  readonly closed: undefined
}

describe('createEmitter', () => {
  test('calls the listeners of an event in their order, and nobody else', () => {
    const emitter = createEmitter<Events>()
    const calls: string[] = []
    emitter.on('saved', ({ id }) => calls.push(`a ${id}`))
    emitter.on('saved', ({ id }) => calls.push(`b ${id}`))
    emitter.on('closed', () => calls.push('closed'))
    emitter.emit('saved', { id: '1' })
    expect(calls).toEqual(['a 1', 'b 1'])
  })

  test('a listener that throws or rejects harms neither the others nor the emitter (D19)', async () => {
    const errors: unknown[] = []
    const emitter = createEmitter<Events>({ onError: (error, event) => errors.push([event, error]) })
    const calls: string[] = []
    emitter.on('saved', () => {
      throw new Error('first')
    })
    emitter.on('saved', (async () => {
      await Promise.resolve()
      throw new Error('second')
    }) as () => void)
    emitter.on('saved', ({ id }) => calls.push(id))
    emitter.emit('saved', { id: '1' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(calls).toEqual(['1'])
    expect(errors).toEqual([
      ['saved', new Error('first')],
      ['saved', new Error('second')],
    ])
  })

  test('an onError that throws is ignored', () => {
    const emitter = createEmitter<Events>({
      onError: () => {
        throw new Error('again')
      },
    })
    emitter.on('closed', () => {
      throw new Error('once')
    })
    expect(() => emitter.emit('closed', undefined)).not.toThrow()
  })

  test('stopping is exact, safe twice, and holds during an emit', () => {
    const emitter = createEmitter<Events>()
    const calls: string[] = []
    const listener = (): void => void calls.push('same')
    const stop = emitter.on('closed', listener)
    emitter.on('closed', listener)
    stop()
    stop()
    let stopLast = (): void => undefined
    emitter.on('closed', () => {
      stopLast()
      emitter.on('closed', () => calls.push('late'))
    })
    stopLast = emitter.on('closed', () => calls.push('last'))
    emitter.emit('closed', undefined)
    expect(calls).toEqual(['same'])
  })

  test('knows whether anybody listens', () => {
    const emitter = createEmitter<Events>()
    const stop = emitter.on('saved', () => undefined)
    expect(emitter.has('saved')).toBe(true)
    stop()
    expect(emitter.has('saved')).toBe(false)
    emitter.on('saved', () => undefined)
    emitter.clear()
    expect(emitter.has('saved')).toBe(false)
  })
})
