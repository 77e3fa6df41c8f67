/** A growing byte buffer with the three things keys are made of: single bytes, doubles and text. */

const FIRST_SIZE = 1024
/** Above this the buffer is given back, so that one huge key does not hold its memory for ever. */
const KEPT_SIZE = 65_536

export class KeyWriter {
  #bytes: Uint8Array = new Uint8Array(FIRST_SIZE)
  #view: DataView = new DataView(this.#bytes.buffer)
  #length = 0

  /** Begins a new key. */
  reset(): void {
    this.#length = 0
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    const key = this.#bytes.slice(0, this.#length)
    if (this.#bytes.length > KEPT_SIZE) this.#resize(FIRST_SIZE)
    return key
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Eight bytes that sort as numbers do: -0 is written as 0; NaN is not for here. */
  double(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8)
    const view = this.#view
    const at = this.#length
    view.setFloat64(at, value + 0)
    const high = view.getInt32(at)
    if (high < 0) {
      view.setInt32(at, ~high)
      view.setInt32(at + 4, ~view.getInt32(at + 4))
    } else {
      view.setInt32(at, high ^ 0x80000000)
    }
    this.#length = at + 8
  }

  /**
   * The text as UTF-8, without a 00: U+0000 becomes 01 01 and U+0001 becomes 01 02, which keeps the order. A lone
   * surrogate is written as three bytes like any other code point, so that every string has its own key.
   */
  utf8(text: string): void {
    if (this.#length + text.length * 3 > this.#bytes.length) this.#grow(text.length * 3)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x80) {
        if (unit < 2) {
          bytes[at++] = 1
          bytes[at++] = unit + 1
        } else bytes[at++] = unit
      } else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6)
        bytes[at++] = 0x80 | (unit & 0x3f)
      } else {
        const point = (unit & 0xfc00) === 0xd800 ? (text.codePointAt(i) as number) : unit
        if (point > 0xffff) {
          i++
          bytes[at++] = 0xf0 | (point >> 18)
          bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
        } else bytes[at++] = 0xe0 | (point >> 12)
        bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
        bytes[at++] = 0x80 | (point & 0x3f)
      }
    }
    this.#length = at
  }

  #grow(needed: number): void {
    this.#resize(Math.max(this.#bytes.length * 2, this.#length + needed))
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size)
    if (size > this.#bytes.length) bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}
