/** The app's icon as a PNG, pixel by pixel: a tick on a rounded square. The same sign is public/icon.svg. */
import { encodePng } from './encode-png.ts'

export interface IconOptions {
  /** Pixels a side. */
  readonly size: number
  /** Fills the whole square, with the sign in its safe middle. */
  readonly isMaskable: boolean
}

type Point = readonly [x: number, y: number]
type Colour = readonly [red: number, green: number, blue: number]

const TOP: Colour = [74, 96, 214]
const BOTTOM: Colour = [47, 66, 168]
const SIGN: Colour = [255, 255, 255]

/** In a square of side 1. */
const CORNER_RADIUS = 0.22
const TICK: readonly [Point, Point, Point] = [
  [0.29, 0.53],
  [0.44, 0.67],
  [0.72, 0.36],
]
const TICK_WIDTH = 0.095

export function drawIcon({ size, isMaskable }: IconOptions): Uint8Array {
  const pixels = new Uint8Array(size * size * 4)
  const scale = isMaskable ? 0.78 : 1
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const point: Point = [(x + 0.5) / size, (y + 0.5) / size]
      const shrunk: Point = [(point[0] - 0.5) / scale + 0.5, (point[1] - 0.5) / scale + 0.5]
      const ground = isMaskable ? 1 : coverage(distanceToSquare(point), size)
      const sign = coverage(distanceToTick(shrunk) * scale, size)
      const colour = mix(mix(TOP, BOTTOM, point[1]), SIGN, sign)
      pixels.set([...colour.map(Math.round), Math.round(ground * 255)], (y * size + x) * 4)
    }
  }
  return encodePng(pixels, size)
}

/** How much of a pixel is inside, by the distance of its middle from the edge: negative inside. */
function coverage(distance: number, size: number): number {
  return Math.max(0, Math.min(1, 0.5 - distance * size))
}

function distanceToSquare([x, y]: Point): number {
  const half = 0.5 - CORNER_RADIUS
  const beyondX = Math.max(0, Math.abs(x - 0.5) - half)
  const beyondY = Math.max(0, Math.abs(y - 0.5) - half)
  return Math.hypot(beyondX, beyondY) - CORNER_RADIUS
}

function distanceToTick(point: Point): number {
  const [start, corner, end] = TICK
  return Math.min(distanceToLine(point, start, corner), distanceToLine(point, corner, end)) - TICK_WIDTH / 2
}

function distanceToLine([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
  return Math.hypot(x - ax - along * dx, y - ay - along * dy)
}

function mix(from: Colour, to: Colour, part: number): Colour {
  const one = (at: 0 | 1 | 2): number => from[at] + (to[at] - from[at]) * part
  return [one(0), one(1), one(2)]
}
