/** A name in a statement (A9). */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text in a statement that takes no parameters, such as a trigger's (A9). */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
