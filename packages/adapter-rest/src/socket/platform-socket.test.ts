import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket as WebSocketOfWs } from 'ws'
import { platformSocket as ofNode } from './platform-socket.node.ts'
import { platformSocket } from './platform-socket.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

test('the platform’s own WebSocket is used where there is one', async () => {
  const own = class {}
  vi.stubGlobal('WebSocket', own)
  expect([await platformSocket(), await ofNode()]).toEqual([own, own])
})

test('where there is none, Node has that of ws, and others have none', async () => {
  vi.stubGlobal('WebSocket', undefined)
  expect([await platformSocket(), await ofNode()]).toEqual([undefined, WebSocketOfWs])
})
