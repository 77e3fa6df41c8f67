/** `Retry-After`, in milliseconds: a number of seconds, or a date. Undefined where it is neither. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^[0-9]{1,12}$/.test(text)) return Number(text) * 1_000
  // A date of HTTP begins with the day's name; engines take much else for one.
  const at = /^[A-Z]/i.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) return undefined
  // By the clock of whoever named the date, where it tells: that of a device may be off by days.
  const sentAt = Date.parse(headers.get('date') ?? '')
  return Math.max(0, at - (Number.isNaN(sentAt) ? now : sentAt))
}
