/** A page that keeps a text in IndexedDB. */
import { expose } from '../page.ts'

export interface LabPage {
  readonly write: (text: string) => Promise<void>
  readonly read: () => Promise<unknown>
  readonly fail: () => never
  readonly isDevelopment: () => boolean
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('lab', 1)
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore('texts'))
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error!))
  })
}

async function write(text: string): Promise<void> {
  const transaction = (await open()).transaction('texts', 'readwrite', { durability: 'relaxed' })
  transaction.objectStore('texts').put(text, 'text')
  await new Promise((resolve) => transaction.addEventListener('complete', resolve))
}

async function read(): Promise<unknown> {
  const request = (await open()).transaction('texts').objectStore('texts').get('text')
  await new Promise((resolve) => request.addEventListener('success', resolve))
  return request.result
}

function fail(): never {
  throw Object.assign(new Error('The disk is full'), {
    name: 'SyncError',
    code: 'STORAGE_FULL',
    retryable: true,
  })
}

function isDevelopment(): boolean {
  return process.env['NODE_ENV'] === 'development'
}

// Late, as in a page that loads something first.
setTimeout(() => expose<LabPage>({ write, read, fail, isDevelopment }), 20)
