/** An adapter may give a record's document as text beside; what comes from outside is not believed to be the same. */
export function withoutTexts(records: readonly unknown[]): void {
  for (const record of records) {
    if (typeof record === 'object' && record !== null && 'text' in record) delete record.text
  }
}
