import { expect, test } from 'vitest'
import { addressOfDevice, deviceOf } from './device.ts'

test('the address says which device a page is', () => {
  expect(deviceOf('http://localhost:8787/')).toBe('first')
  expect(deviceOf(new URL(addressOfDevice('second'), 'http://localhost:8787').href)).toBe('second')
  expect(addressOfDevice('first')).toBe('/')
})

test('what is no plain word names no device', () => {
  expect(deviceOf('http://localhost:8787/?device=..%2Fx')).toBe('first')
  expect(deviceOf('http://localhost:8787/?device=')).toBe('first')
})
