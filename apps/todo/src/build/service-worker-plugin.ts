/** Tells the service worker which files make up the app, and names the version after what is in them. */
import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

const WORKER = 'service-worker.js'

/** Only meant for other programs, or for when there is a network anyway. */
const NOT_KEPT = /\.map$/

export function serviceWorkerPlugin(): Plugin {
  return {
    name: 'todo-service-worker',
    apply: 'build',
    // After the page was made.
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[WORKER]
        if (worker?.type !== 'chunk') return this.error(`${WORKER} was not built`)
        if (worker.imports.length > 0) return this.error(`${WORKER} must be one file`)
        const hash = createHash('sha256').update(worker.code)
        const paths: string[] = []
        for (const [name, file] of Object.entries(bundle).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
          if (name === WORKER || NOT_KEPT.test(name)) continue
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source)
          paths.push(name === 'index.html' ? '/' : `/${name}`)
        }
        worker.code = worker.code
          .replace('__PATHS__', paths.join(' '))
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
      },
    },
  }
}
