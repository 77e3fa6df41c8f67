/** Runs the suite without a test framework: one test after the other, each told as it ends. */
import type { TestRunner } from '../../runner.ts'

export interface SmallRunner extends TestRunner {
  /** For `note` of the suite. */
  readonly note: (title: string, reason: string) => void
  /** Runs what was defined. Answers the counts. */
  run(): Promise<Counts>
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  /** For which the server gave no occasion. */
  readonly untested: number
}

interface Defined {
  readonly group: string
  readonly title: string
  readonly body: () => Promise<void>
  readonly timeoutMs: number
}

const TIMEOUT_MS = 60_000

/** A runner that prints a line for each test. With `only`, those whose group or title it matches. */
export function createSmallRunner(print: (line: string) => void, only?: RegExp): SmallRunner {
  const tests: Defined[] = []
  const reasons = new Map<string, string>()
  let group = ''
  return {
    describe: (name, body) => {
      group = name
      body()
    },
    test: (title, body, timeoutMs = TIMEOUT_MS) => {
      if (only?.test(`${group} ${title}`) ?? true) tests.push({ group, title, body, timeoutMs })
    },
    note: (title, reason) => void reasons.set(title, reason),
    run: async () => {
      const counts = { passed: 0, failed: 0, untested: 0 }
      let printed = ''
      for (const test of tests) {
        if (test.group !== printed) print(`\n${test.group}`)
        printed = test.group
        reasons.delete(test.title)
        const problem = await outcomeOf(test)
        const reason = reasons.get(test.title)
        if (problem !== null) {
          counts.failed += 1
          print(`  FAILED ${test.title}\n         ${problem}`)
        } else if (reason === undefined) {
          counts.passed += 1
          print(`  ok     ${test.title}`)
        } else {
          counts.untested += 1
          print(`  -      ${test.title} (not tested: ${reason})`)
        }
      }
      return counts
    },
  }
}

/** Null where it passed, else what is wrong. */
async function outcomeOf({ body, timeoutMs }: Defined): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It took more than ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([body(), late])
    return null
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined }
    return cause instanceof Error ? `${message}: ${cause.message}` : message
  } finally {
    clearTimeout(timer)
  }
}
