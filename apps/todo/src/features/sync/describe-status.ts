/** How syncing goes, in a few words. */
import type { SyncStatus } from '@synclayer/core'
import { explainError } from '../../model/explain-error.ts'

export interface StatusText {
  /** What it looks like: well, at work, away, or in need of the user. */
  readonly tone: 'fine' | 'busy' | 'away' | 'warning'
  readonly label: string
  /** A sentence about it. */
  readonly detail: string
}

/** `isOnline` is what the browser knows of the network: a connection may be there all the same. */
export function describeStatus(status: SyncStatus, isOnline: boolean): StatusText {
  const { phase, pending, parked, lastSyncAt, lastError, progress } = status
  const waiting =
    pending === 0 ? '' : ` ${tellChanges(pending)} ${pending === 1 ? 'waits' : 'wait'} to be sent.`
  if (phase === 'needsAuth') {
    const detail = `The server no longer knows who you are.${waiting} Sign in again to go on.`
    return { tone: 'warning', label: 'Sign in to sync', detail }
  }
  if (phase === 'paused')
    return {
      tone: 'away',
      label: 'Working offline',
      detail: `You have switched syncing off on this device.${waiting}`,
    }
  if (phase === 'offline' || !isOnline)
    return {
      tone: 'away',
      label: 'Offline',
      detail: `The server cannot be reached. Go on working: it is all kept here.${waiting}`,
    }
  if (phase === 'stalled')
    return {
      tone: 'warning',
      label: 'Sync is stuck',
      detail: `Syncing makes no progress. It is tried again by itself.${waiting}`,
    }
  if (progress !== null)
    return { tone: 'busy', label: 'Fetching todos…', detail: 'The todos of the server are being fetched.' }
  if (lastError !== null) {
    const { title, advice } = explainError(lastError)
    return { tone: 'warning', label: title, detail: `${advice}${waiting}` }
  }
  if (pending > 0) return { tone: 'busy', label: 'Sending…', detail: waiting.trim() }
  if (lastSyncAt === null)
    return { tone: 'busy', label: 'Connecting…', detail: 'The first sync has not ended yet.' }
  if (parked > 0) {
    const detail = `The server refused ${tellChanges(parked)}. Everything else is there.`
    return { tone: 'warning', label: `${parked.toLocaleString()} refused`, detail }
  }
  return { tone: 'fine', label: 'All saved', detail: 'Everything here is on the server too.' }
}

export function tellChanges(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? 'change' : 'changes'}`
}

/** `2 minutes ago`, in the user's language. */
export function tellAgo(ms: number, now: number, locale?: string): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000))
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (seconds < 60) return format.format(0, 'second')
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute')
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), 'hour')
  return format.format(-Math.floor(seconds / 86_400), 'day')
}
