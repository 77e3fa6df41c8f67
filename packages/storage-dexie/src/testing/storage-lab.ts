/** A browser with pages that offer a storage each, for the tests of what browsers do to it. */
import path from 'node:path'
import {
  type Calls,
  callsTo,
  type LabBrowser,
  launchBrowser,
  servePage,
  type ServedPage,
} from '@synclayer/browser-lab'
import type { SentRow, StoragePage } from './storage-page.ts'

export interface StorageLab {
  readonly browser: LabBrowser
  readonly served: ServedPage
  /** A new tab. */
  readonly tab: () => Promise<Calls<StoragePage>>
  readonly close: () => Promise<void>
}

/** Starts the browser and serves the page. */
export async function createStorageLab(): Promise<StorageLab> {
  const served = await servePage({ entry: path.join(import.meta.dirname, 'storage-page.ts') })
  const browser = await launchBrowser()
  return {
    browser,
    served,
    tab: async () => callsTo<StoragePage>(await browser.newPage(served.url)),
    async close() {
      await browser.close()
      await served.close()
    },
  }
}

/** A row of `notes` with one key. */
export function row(id: string, fields: Partial<SentRow> = {}): SentRow {
  return {
    collection: 'notes',
    id,
    scope: 'default',
    document: JSON.stringify({ id }),
    base: null,
    sync: '{}',
    lane: null,
    order: 0,
    keys: fields.document === null ? [] : [[1]],
    ...fields,
  }
}
