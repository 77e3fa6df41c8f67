/** One text for equal JSON values: the oracle's own, so that it does not lean on the code it judges. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const object = value as Readonly<Record<string, unknown>>
    const members = Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}
