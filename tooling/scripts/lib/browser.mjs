// The Chromium that the tests in a browser (`*.browser.test.ts`) need.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { against, againstFolder } from './against.mjs'
import { repositoryFiles, root } from './repository.mjs'

/** Finds one, or installs one, and sees that it starts. @returns {Promise<number>} an exit code */
export async function provideBrowser() {
  // Not at the top: this file is loaded before anything is installed.
  const { runnerImport } = await import('vite')
  const lab = path.join(root, 'tooling/browser-lab/src/index.ts')
  const { module } = await runnerImport(lab, { configFile: false, logLevel: 'error' })
  try {
    await module.findBrowser(console.log)
    const browser = await module.launchBrowser()
    await browser.close()
    console.log(`Chromium ${browser.version}: ${module.installedBrowser()}`)
    for (const suite of suites()) report(suite, { against: describe(suite, browser.version) })
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}

/** The packages that have tests in a browser. */
function suites() {
  const files = repositoryFiles('*.browser.test.ts', '*.browser.test.tsx')
  return new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))
}

/** @param {string} suite @param {string} version */
function describe(suite, version) {
  const browser = `Chromium ${version} (real)`
  const others = against(suite)
  return others.startsWith('memory') ? browser : `${others}, ${browser}`
}

/** @param {string} suite @param {{ against: string }} facts */
function report(suite, facts) {
  mkdirSync(againstFolder, { recursive: true })
  writeFileSync(path.join(againstFolder, `${suite.replaceAll('/', '-')}.json`), JSON.stringify(facts))
}
