import { describe, expect, test } from 'vitest'
import { projectDocument } from './project.ts'

describe('projectDocument', () => {
  const document = JSON.parse('{"id":"1","a":1,"b":null,"constructor":2}') as { id: string }

  test('keeps what is named, and the id (A7)', () => {
    expect(projectDocument(document, { only: ['a', 'missing'] })).toEqual({ id: '1', a: 1 })
  })

  test('leaves out what is named, but never the id (A7)', () => {
    expect(projectDocument(document, { except: ['a', 'id'] })).toEqual({ id: '1', b: null, constructor: 2 })
  })

  test('is the document itself without a projection (A7)', () => {
    expect(projectDocument(document, undefined)).toBe(document)
  })
})
