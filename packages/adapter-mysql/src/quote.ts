/** Names and texts in statements that have no placeholders for them: definitions of tables, columns and views. */
import { escape } from 'mysql2'

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function quoteText(text: string): string {
  return escape(text)
}
