/** Which strings can be stored everywhere: well-formed, and without U+0000, which several databases cannot hold. */

// U+0000 is the very thing looked for.
const SUSPECT = /[\0\ud800-\udfff]/

/** Up to here looking at each unit is quicker than starting the regular expression. */
const SHORT = 24

/** True for well-formed text without U+0000. */
export function isStorableText(text: string): boolean {
  const length = text.length
  if (length > SHORT) return !SUSPECT.test(text) || isStorableSlowly(text)
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0 || (unit >= 0xd800 && unit <= 0xdfff)) return isStorableSlowly(text)
  }
  return true
}

/** What is wrong with a text that is not storable, and what to do. */
export function textProblem(text: string): string {
  return text.includes('\0')
    ? 'holds the character U+0000, which many databases cannot store; remove it'
    : 'holds half of a surrogate pair, such as a cut emoji; cut text by code points'
}

/** With the `u` flag the class matches only surrogates that stand alone. */
function isStorableSlowly(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text)
}
