/** Versions of plain backends are texts or numbers. As JSON they are texts, and go back as they came. Pure. */
import type { Version } from '@synclayer/core/adapter'

/** Empty, which is no version, for anything else. */
export function encodeVersion(version: unknown): Version {
  const isVersion = typeof version === 'string' ? version !== '' : Number.isFinite(version)
  return isVersion ? JSON.stringify(version) : ''
}

/** What the backend gave. A version that was made by another kind of adapter is sent as it is. */
export function decodeVersion(version: Version): unknown {
  try {
    return JSON.parse(version) as unknown
  } catch {
    return version
  }
}
