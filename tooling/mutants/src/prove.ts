/** Runs one proof in a process of its own, with a mutant planted or with none, and says whether it found anything. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant, Proof } from './mutant.ts'
import { root } from './repository.ts'

export interface Finding {
  readonly proof: Proof
  /** What failed, and where; null where nothing did. */
  readonly found: string | null
  readonly ms: number
  /** What it said, where it could not be run at all; then it has found nothing. */
  readonly trouble?: string
}

/** A proof that has found nothing after so long is stopped: that a run never ends is a finding too. */
const LIMIT_MS = 180_000
/** How many seeds of the simulator a mutant may live through. */
const SEEDS = 100
/** The parts of suites that go on for a time. */
const SUITE_MS = 4_000

/** Processes under way, each with workers of its own: none may outlive this one. */
const running = new Set<number>()
process.once('exit', () => running.forEach(end))
process.once('SIGINT', () => process.exit(130))

function end(group: number): void {
  running.delete(group)
  process.kill(-group, 'SIGKILL')
}

/** Runs the proof with the mutant, or without any. */
export async function prove(mutant: Mutant | null, proof: Proof): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-mutants-'))
  const report = join(folder, 'report.json')
  const began = performance.now()
  try {
    const isEnough = (output: string): boolean => !isFile(proof) && brokenRule(output) !== null
    const ended = await run(commandOf(proof, report), mutant, isEnough)
    const ms = Math.round(performance.now() - began)
    if (ended.code === 0) return { proof, found: null, ms }
    const found = isFile(proof) ? firstFailure(report) : brokenRule(ended.output)
    if (found === null && ended.code === null)
      return { proof, found: `no end within ${LIMIT_MS / 1_000} s`, ms }
    return found === null ? { proof, found, ms, trouble: ended.output.slice(-2_000) } : { proof, found, ms }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function commandOf(proof: Proof, report: string): readonly string[] {
  if (isFile(proof)) {
    const config = 'tooling/mutants/vitest.config.ts'
    const reporter = ['--reporter=json', `--outputFile.json=${report}`]
    return ['node_modules/vitest/vitest.mjs', 'run', `--config=${config}`, '--bail=1', ...reporter, proof]
  }
  const how = proof === 'exhaustive' ? ['--exhaustive'] : ['--seeds', String(SEEDS)]
  return ['--import', './tooling/mutants/dist/plant.js', 'tooling/simulation/dist/main.js', ...how]
}

/** Ends it early where its output is enough: a failure is shrunk before it is over, and nobody looks. */
function run(
  command: readonly string[],
  mutant: Mutant | null,
  isEnough: (output: string) => boolean,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = {
    ...process.env,
    SYNCLAYER_MUTANT: mutant?.name ?? '',
    SYNCLAYER_CONFORMANCE_MS: String(SUITE_MS),
    SYNCLAYER_SEED: '1',
  }
  return new Promise((resolve, reject) => {
    // In a group of its own, so that its workers end with it.
    const child = spawn(process.execPath, command, { cwd: root, env, detached: true })
    const { pid } = child
    if (pid !== undefined) running.add(pid)
    const limit = setTimeout(() => pid !== undefined && end(pid), LIMIT_MS)
    let output = ''
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
      if (pid !== undefined && running.has(pid) && isEnough(output)) end(pid)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      if (pid !== undefined) running.delete(pid)
      resolve({ code, output })
    })
  })
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function firstFailure(file: string): string | null {
  if (!existsSync(file)) return null
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return tests.find(({ status }) => status === 'failed')?.fullName ?? null
}

/** What the explorer and the simulator print: where it happened, and which rule was broken. */
function brokenRule(output: string): string | null {
  const [, run, why] = /\b(in run \d+):\n[^]*?^BROKEN: (.*)$/m.exec(output) ?? []
  if (run !== undefined) return `${run}: ${why}`
  const [, seed, rule] = /^SEED (\d+) of commit .*:\n {2}(.*)$/m.exec(output) ?? []
  if (seed !== undefined) return `seed ${seed}: ${rule}`
  return /^regressions\/.*$/m.exec(output)?.[0] ?? null
}

function isFile(proof: Proof): boolean {
  return proof.endsWith('.test.ts')
}
