import { describe, expect, test } from 'vitest'
import { type ConflictEntry, otherSide, outcomeOf } from './conflict-entry.ts'

const todo = {
  id: 't',
  text: 'Buy milk',
  done: false,
  order: 'a0',
  priority: 'none',
  due: null,
  tags: ['home'],
  createdAt: 0,
}

const entry = (sides: Partial<ConflictEntry>): ConflictEntry => ({
  id: 'c',
  at: 0,
  todoId: 't',
  base: todo,
  local: todo,
  remote: todo,
  resolved: todo,
  ...sides,
})

describe('outcomeOf', () => {
  test('edits of different fields are told as merged: nothing of either was lost', () => {
    const outcome = outcomeOf(
      entry({
        local: { ...todo, done: true },
        remote: { ...todo, priority: 'high' },
        resolved: { ...todo, done: true, priority: 'high' },
      }),
    )
    expect(outcome.hasLoss).toBe(false)
    expect(outcome.fields).toEqual([
      { field: 'done', local: true, remote: false, kept: 'local', isClash: false },
      { field: 'priority', local: 'none', remote: 'high', kept: 'remote', isClash: false },
    ])
  })

  test('edits of one field are a clash, with both values and the one that was kept', () => {
    const clash = entry({
      local: { ...todo, text: 'Buy oat milk' },
      remote: { ...todo, text: 'Buy soy milk' },
      resolved: { ...todo, text: 'Buy soy milk' },
    })
    expect(outcomeOf(clash)).toMatchObject({ title: 'Buy soy milk', hasLoss: true, deletedBy: null })
    expect(outcomeOf(clash).fields).toEqual([
      { field: 'text', local: 'Buy oat milk', remote: 'Buy soy milk', kept: 'remote', isClash: true },
    ])
    expect(otherSide(clash)).toEqual({ text: 'Buy oat milk' })
  })

  test('tags that were put together are no clash', () => {
    const merged = entry({
      local: { ...todo, tags: ['home', 'a'] },
      remote: { ...todo, tags: ['home', 'b'] },
      resolved: { ...todo, tags: ['home', 'a', 'b'] },
    })
    expect(outcomeOf(merged)).toMatchObject({ hasLoss: false, fields: [{ field: 'tags', kept: 'both' }] })
  })

  test('an edit that outlived a delete offers to delete after all', () => {
    const outlived = entry({
      local: { ...todo, done: true },
      remote: null,
      resolved: { ...todo, done: true },
    })
    expect(outcomeOf(outlived)).toMatchObject({ deletedBy: 'remote', isDeleted: false, hasLoss: true })
    expect(otherSide(outlived)).toBeNull()
  })

  test('a delete that was kept offers the edited todo', () => {
    const edited = { ...todo, text: 'Buy oat milk' }
    const deleted = entry({ local: edited, remote: null, resolved: null })
    expect(outcomeOf(deleted)).toMatchObject({ title: 'Buy oat milk', isDeleted: true })
    expect(otherSide(deleted)).toEqual(edited)
  })
})
