import { readRunSettings } from '../run-settings.ts'
import { type AdapterSuiteOptions, createBenchTest } from './bench.ts'
import { capabilityTests } from './capabilities.ts'
import { concurrentTests } from './concurrent.ts'
import { conflictTests } from './conflict.ts'
import { fetchTests } from './fetch.ts'
import { fidelityTests } from './fidelity.ts'
import { filterTests } from './filters.ts'
import { groupTests } from './groups.ts'
import { historyTests } from './history.ts'
import { idempotencyTests } from './idempotency.ts'
import { injectionTests } from './injection.ts'
import { lifecycleTests } from './lifecycle.ts'
import { patchTests } from './patch.ts'
import { purgeTests } from './purge.ts'
import { pushTests } from './push.ts'
import { refusalTests } from './refusals.ts'
import { replayTests } from './replay.ts'
import { resumeTests } from './resume.ts'
import { scopeTests } from './scopes.ts'
import { toldPageTests } from './told-pages.ts'

// Against real servers a naive cursor shows itself within seconds; this is a few times that.
const CONCURRENT_MS = 20_000

/**
 * Defines the tests every strict adapter must pass, A1 to A10 of core's SPEC.md. The runner is given: `describe` and
 * `test` of vitest, bun or node:test. `create` gives a fresh, empty backend each time it is called.
 *
 * Nothing is skipped: what a capability denies is tested for its documented refusal.
 */
export function adapterConformance(options: AdapterSuiteOptions): void {
  const test = createBenchTest(options)
  const { describe } = options
  const settings = readRunSettings(options.concurrent, CONCURRENT_MS)
  describe('adapter: capabilities and wake-ups', () => capabilityTests(test))
  describe('adapter: told pages', () => toldPageTests(test))
  describe('adapter: push', () => pushTests(test))
  describe('adapter: conflict', () => conflictTests(test))
  describe('adapter: idempotency', () => idempotencyTests(test))
  describe('adapter: replay', () => replayTests(test))
  describe('adapter: patch', () => patchTests(test))
  describe('adapter: groups', () => groupTests(test))
  describe('adapter: pull and resume', () => resumeTests(test))
  describe('adapter: filters', () => filterTests(test))
  describe('adapter: scopes', () => scopeTests(test))
  describe('adapter: fetch', () => fetchTests(test))
  describe('adapter: purge', () => purgeTests(test))
  describe('adapter: history', () => historyTests(test))
  describe('adapter: fidelity', () => fidelityTests(test, settings))
  describe('adapter: refusals', () => refusalTests(test))
  describe('adapter: injection', () => injectionTests(test))
  describe('adapter: abort and close', () => lifecycleTests(test))
  describe('adapter: concurrent', () => concurrentTests(test, options, settings))
}
