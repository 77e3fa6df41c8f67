/** Times as plain backends write them: RFC 3339. A time without a zone names no moment, so it is none here. */

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

const DAY_MS = 86_400_000
const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** The latest moment whose year has four digits. */
const LATEST_MS = daysBefore(10_000, 1) * DAY_MS - 1

/** Milliseconds since 1970, what is finer cut off; null where the text is no time of RFC 3339 with a zone. */
export function parseRfc3339(text: string): number | null {
  const parts = TIME.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 60) return null
  const [zoneHours, zoneMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)]
  if (zoneHours > 23 || zoneMinutes > 59) return null
  const ahead = (zoneHours * 60 + zoneMinutes) * (parts[8] === '-' ? -1 : 1)
  // A leap second is the last moment of its minute: nothing here counts them.
  const inMinute =
    second === 60 ? 59_999 : second * 1_000 + Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3))
  const days = daysBefore(year, month) + day - 1
  return days * DAY_MS + (hour * 60 + minute - ahead) * 60_000 + inMinute
}

/** The moment in UTC, with milliseconds: texts of one length, which sort as the moments do. From 1970 to 9999. */
export function formatRfc3339(moment: number): string {
  const ms = Math.min(Math.max(Math.floor(moment), 0), LATEST_MS)
  const days = Math.floor(ms / DAY_MS)
  // No year is longer than this, so it is the year, or the one before.
  let year = 1970 + Math.floor(days / 366)
  while (daysBefore(year + 1, 1) <= days) year += 1
  let month = 1
  while (month < 12 && daysBefore(year, month + 1) <= days) month += 1
  const day = days - daysBefore(year, month) + 1
  const rest = ms % DAY_MS
  const clock = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1_000) % 60].map((part) => digits(part, 2))
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${clock.join(':')}.${digits(rest % 1_000, 3)}Z`
}

type Six = [number, number, number, number, number, number]

function digits(value: number, count: number): string {
  return Math.floor(value).toString().padStart(count, '0')
}

function isDay(year: number, month: number, day: number): boolean {
  const days = DAYS_BY_MONTH[month - 1]
  if (days === undefined || day < 1) return false
  return day <= (month === 2 && isLeap(year) ? 29 : days)
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Days from 1970 to the first of a month; negative for what is before. */
function daysBefore(year: number, month: number): number {
  const past = year - 1
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400)
  let days = past * 365 + leapDays - 719_162
  for (let earlier = 1; earlier < month; earlier++) days += DAYS_BY_MONTH[earlier - 1]!
  return month > 2 && isLeap(year) ? days + 1 : days
}
