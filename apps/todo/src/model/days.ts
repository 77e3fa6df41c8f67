/** Days of the calendar as text, `2026-12-24`: they sort as text, and know nothing of time zones. */

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** The day at the user's place. */
export function dayAt(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Whether the text is a day that exists. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && toText(toDate(text)) === text
}

export function addDays(day: string, count: number): string {
  const date = toDate(day)
  date.setUTCDate(date.getUTCDate() + count)
  return toText(date)
}

/** Days from `from` to `to`; negative where `to` is before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((toDate(to).getTime() - toDate(from).getTime()) / 86_400_000)
}

/** The next day of that name after today, by its name or its first three letters; null where it is no weekday. */
export function nextWeekday(name: string, today: string): string | null {
  const wanted = WEEKDAYS.findIndex((weekday) => weekday === name || weekday.slice(0, 3) === name)
  if (wanted < 0) return null
  return addDays(today, ((wanted - toDate(today).getUTCDay() + 6) % 7) + 1)
}

/** How a day is told: "Today", "Tomorrow", "Yesterday", "Fri", or "24 Dec", as the user's language has it. */
export function tellDay(day: string, today: string, locale?: string): string {
  const distance = daysBetween(today, day)
  if (Math.abs(distance) <= 1) {
    const text = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(distance, 'day')
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
  }
  const near = distance > 1 && distance < 7
  const sameYear = day.slice(0, 4) === today.slice(0, 4)
  const options: Intl.DateTimeFormatOptions = near
    ? { weekday: 'short' }
    : { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(toDate(day))
}

function toDate(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

function toText(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10)
}
