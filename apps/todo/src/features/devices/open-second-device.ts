/** The second device: beside this one where there is room, else in a window of its own. */
import { addressOfDevice, SECOND_DEVICE } from '../../platform/device.ts'

/** In CSS pixels: two lists of 480. */
const LEAST_WIDTH = 960

export function openSecondDevice(): void {
  open(addressOfDevice(SECOND_DEVICE), 'synclayer-todo-second')
}

/** Whether two devices fit side by side. */
export function hasRoomForTwo(): boolean {
  return innerWidth >= LEAST_WIDTH
}

/** Whether this page is shown inside another. */
export function isInFrame(): boolean {
  return self !== top
}
