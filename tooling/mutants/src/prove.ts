/** Runs one proof in a process of its own, with a mutant planted or with none, and says whether it found anything. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant, Proof } from './mutant.ts'
import { root } from './repository.ts'

export interface Finding {
  readonly proof: Proof
  /** What failed, and where; null where nothing did. */
  readonly found: string | null
  readonly ms: number
}

/** A proof that has found nothing after so long is stopped: that a run never ends is a finding too. */
const LIMIT_MS = 240_000
/** How many seeds of the simulator a mutant may live through. */
const SEEDS = 3_000
/** The parts of suites that go on for a time. */
const SUITE_MS = 4_000

/** Throws where the proof could not be run at all. */
export async function prove(mutant: Mutant | null, proof: Proof): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-mutants-'))
  const report = join(folder, 'report.json')
  const began = performance.now()
  try {
    const ended = await run(commandOf(proof, report), mutant)
    const ms = Math.round(performance.now() - began)
    if (ended.code === 0) return { proof, found: null, ms }
    if (ended.code === null) return { proof, found: `no end within ${LIMIT_MS / 1_000} s`, ms }
    const found = isFile(proof) ? firstFailure(report) : brokenRule(ended.output)
    if (found === null) {
      const planted = mutant === null ? 'without a mutant' : `with ${mutant.name}`
      throw new Error(`${proof} could not be run ${planted}:\n${ended.output.slice(-2_000)}`)
    }
    return { proof, found, ms }
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

function run(
  command: readonly string[],
  mutant: Mutant | null,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = {
    ...process.env,
    SYNCLAYER_MUTANT: mutant?.name ?? '',
    SYNCLAYER_CONFORMANCE_MS: String(SUITE_MS),
    SYNCLAYER_SEED: '1',
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: root, env, timeout: LIMIT_MS })
    let output = ''
    const take = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function firstFailure(file: string): string | null {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return tests.find(({ status }) => status === 'failed')?.fullName ?? null
}

/** What the explorer and the simulator print: where it happened, and which rule was broken. */
function brokenRule(output: string): string | null {
  const why = /^BROKEN: (.*)$/m.exec(output)?.[1]
  if (why === undefined) return null
  const where = /\b(?:in run|seed)[ =:]*(\d+)/i.exec(output)?.[0]
  return where === undefined ? why : `${where}: ${why}`
}

function isFile(proof: Proof): boolean {
  return proof.endsWith('.test.ts')
}
