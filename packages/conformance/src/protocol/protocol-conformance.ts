import { authTests } from './auth.ts'
import { createProtocolTest, type ProtocolSuiteOptions } from './bench.ts'
import { compressionTests } from './compression.ts'
import { fetchTests } from './fetch.ts'
import { helloTests } from './hello.ts'
import { hostileTests } from './hostile.ts'
import { limitTests } from './limits.ts'
import { pullTests } from './pull.ts'
import { pushTests } from './push.ts'
import { realtimeErrorTests } from './realtime-errors.ts'
import { realtimePageTests } from './realtime-pages.ts'
import { realtimeSlowTests } from './realtime-slow.ts'
import { simpleTests } from './simple.ts'
import { statusTests } from './statuses.ts'

/**
 * Defines the tests every server of docs/reference/protocol.md must pass, whatever it is written in. The runner is given:
 * `describe` and `test` of vitest, bun or node:test. Every answer and every message of the server is held against the JSON
 * Schemas that core publishes.
 *
 * Needs Node: it speaks by the platform's fetch and by `ws`.
 */
export function protocolConformance(options: ProtocolSuiteOptions): void {
  const test = createProtocolTest(options)
  const { describe } = options
  describe('protocol: hello and versions', () => helloTests(test))
  describe('protocol: push', () => pushTests(test))
  describe('protocol: pull', () => pullTests(test))
  describe('protocol: fetch', () => fetchTests(test))
  describe('protocol: limits', () => limitTests(test))
  describe('protocol: statuses', () => statusTests(test))
  describe('protocol: compression', () => compressionTests(test))
  describe('protocol: tokens and scopes', () => authTests(test))
  describe('protocol: hostile requests', () => hostileTests(test))
  describe('protocol: simple dialect', () => simpleTests(test))
  describe('protocol: realtime', () => realtimePageTests(test))
  describe('protocol: errors of sockets', () => realtimeErrorTests(test))
  if (options.slow === true) describe('protocol: slow and dead clients', () => realtimeSlowTests(test))
}
