/**
 * The texts that name histories and states. All parts have a fixed width in base 36, whose digits sort by code unit as
 * the numbers do.
 *
 *   epoch    <ordinal, 9>.<random, 10>                 1kq3v0z8f.x81k20sd7a
 *   version  <ordinal, 9>.<position, 8>.<mark, 10>     1kq3v0z8f.0000002s.x81k20sd7a
 *
 * A version carries the mark its position was written under. Each process makes a mark of its own before its first
 * write to a scope, so a file put back from a copy never makes a version it made before (A2, A4).
 */
import type { Random, Version } from '@synclayer/core/adapter'

const ORDINAL_WIDTH = 9
const POSITION_WIDTH = 8
const RANDOM_LENGTH = 10
const POSITION_AT = ORDINAL_WIDTH + 1
const POSITION_END = POSITION_AT + POSITION_WIDTH

/** The highest position a feed may reach: 40 bits, the share of a row's key that is the position. */
export const MAX_POSITION: number = 2 ** 40 - 1

/** A name for a mark: 10 characters of base 32, 50 random bits. */
export function randomName(random: Random): string {
  let name = ''
  for (const byte of random.bytes(RANDOM_LENGTH)) name += (byte & 31).toString(32)
  return name
}

/** The name of an epoch. */
export function formatEpoch(ordinal: number, name: string): string {
  return `${ordinal.toString(36).padStart(ORDINAL_WIDTH, '0')}.${name}`
}

/** What comes before the position in the versions of an epoch, and sorts them. */
function epochPrefix(epoch: string): string {
  return epoch.slice(0, ORDINAL_WIDTH)
}

/** The ordinal of an epoch's name. */
export function epochOrdinal(epoch: string): number {
  return Number.parseInt(epochPrefix(epoch), 36)
}

/** The version of the state written at `position`. */
export function formatVersion(epoch: string, position: number, mark: string): Version {
  return `${epochPrefix(epoch)}.${formatPosition(position)}.${mark}`
}

/** The version of the state written `steps` positions after that of `version`, in the same epoch and under the same mark. */
export function versionAfter(version: Version, steps: number): Version {
  const position = Number.parseInt(version.slice(POSITION_AT, POSITION_END), 36)
  return version.slice(0, POSITION_AT) + formatPosition(position + steps) + version.slice(POSITION_END)
}

function formatPosition(position: number): string {
  return position.toString(36).padStart(POSITION_WIDTH, '0')
}
