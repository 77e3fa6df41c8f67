/** Runs the conformance suite in the page, one test at a time. */
import { expose } from '@synclayer/browser-lab/page'
import { type RunSettings, storageConformance } from '@synclayer/conformance'
import { dexieStorage } from '../index.ts'

export interface ConformancePage {
  /** The names of all tests, each with the names of its groups. */
  readonly names: (random: RunSettings) => readonly (readonly string[])[]
  /** Runs the test at a place; answers its name. */
  readonly run: (at: number) => Promise<readonly string[]>
}

const tests: { readonly name: readonly string[]; readonly body: () => Promise<void> }[] = []
const groups: string[] = []

expose<ConformancePage>({
  names(random) {
    storageConformance({
      random,
      describe(name, body) {
        groups.push(name)
        body()
        groups.pop()
      },
      test: (name, body) => tests.push({ name: [...groups, name], body }),
      create: ({ location }) => dexieStorage({ name: location, persist: false }),
      destroy: ({ location }) => remove(`synclayer:${location}`),
    })
    return tests.map(({ name }) => name)
  },
  async run(at) {
    const { name, body } = tests[at]!
    await body()
    return name
  },
})

/** Waits for handles that are being closed; one that was left open makes the test fail at its time limit. */
function remove(database: string): Promise<void> {
  const request = indexedDB.deleteDatabase(database)
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error!))
  })
}
