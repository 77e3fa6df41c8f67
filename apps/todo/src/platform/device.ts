/**
 * One browser can be several devices, each with a store of its own, so that one person sees two of them sync: `?device=second`.
 * Who opens a second device is signed in there as well.
 */

/** The device of an address without `?device=`. */
export const FIRST_DEVICE = 'first'
export const SECOND_DEVICE = 'second'

/** Which device this page is; anything that is no short plain word is the first. */
export function deviceOf(address: string): string {
  const device = new URL(address).searchParams.get('device')
  return device !== null && /^[a-z0-9]{1,20}$/.test(device) ? device : FIRST_DEVICE
}

export function addressOfDevice(device: string): string {
  return device === FIRST_DEVICE ? '/' : `/?device=${device}`
}

/** How a device is called; null for the first, which needs no name. */
export function deviceTitle(device: string): string | null {
  if (device === FIRST_DEVICE) return null
  return device === SECOND_DEVICE ? 'Second device' : `Device ${device}`
}
