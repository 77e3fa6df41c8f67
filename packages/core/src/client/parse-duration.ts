/** Durations as apps write them. */
import { invalidOption } from './invalid-option.ts'

/** Milliseconds, or a number with a unit: `'250ms'`, `'30s'`, `'5m'`, `'12h'`, `'90d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const MS_BY_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The duration in whole milliseconds. Throws INVALID_OPTION, naming the option, for what is none or below `leastMs`. */
export function parseDuration(value: unknown, option: string, leastMs = 1): number {
  const ms = typeof value === 'string' ? parseText(value) : value
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= leastMs && ms <= Number.MAX_SAFE_INTEGER)
    return Math.round(ms)
  const least = leastMs === 0 ? '0 or more' : `at least ${leastMs} ms`
  throw invalidOption(option, value, `milliseconds (${least}) or a text such as '30s', '5m' or '90d'`)
}

function parseText(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  return parts === null ? Number.NaN : Number(parts[1]) * MS_BY_UNIT[parts[2] as keyof typeof MS_BY_UNIT]
}
