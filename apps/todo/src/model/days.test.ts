import { describe, expect, test } from 'vitest'
import { addDays, dayAt, daysBetween, isDay, nextWeekday, tellDay } from './days.ts'

test('a date is the day at the place where it is shown', () => {
  expect(dayAt(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05')
})

test('days that do not exist are none', () => {
  expect(isDay('2028-02-29')).toBe(true)
  expect(isDay('2027-02-29')).toBe(false)
  expect(isDay('tomorrow')).toBe(false)
})

test('days are counted over the ends of months and years', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(daysBetween('2026-12-31', '2027-01-02')).toBe(2)
  expect(daysBetween('2027-01-02', '2026-12-31')).toBe(-2)
})

test('a weekday is the next one, never today', () => {
  expect(nextWeekday('tue', '2026-11-30')).toBe('2026-12-01')
  expect(nextWeekday('monday', '2026-11-30')).toBe('2026-12-07')
  expect(nextWeekday('someday', '2026-11-30')).toBeNull()
})

describe('tellDay', () => {
  test.each([
    ['2026-11-30', 'Today'],
    ['2026-12-01', 'Tomorrow'],
    ['2026-11-29', 'Yesterday'],
    ['2026-12-04', 'Fri'],
    ['2026-12-24', 'Dec 24'],
    ['2027-01-05', 'Jan 5, 2027'],
  ])('%s is %s', (day, told) => {
    expect(tellDay(day, '2026-11-30', 'en-US')).toBe(told)
  })
})
