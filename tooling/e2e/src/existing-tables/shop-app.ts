/** The app: clients that sync with the shop's tables, and edit the same rows. */
import { type BackendAdapter, collection, createSyncLayer, type SyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { LASTING } from './shop.ts'

interface Artist {
  readonly id: string
  readonly name: string
}
interface Album {
  readonly id: string
  readonly title?: string
  readonly artistId: number
}
interface Track {
  readonly id: string
  readonly name: string
  readonly albumId: number
  readonly price: number | string
  readonly plays: number
  readonly likes: number
}
interface Customer {
  readonly id: string
  readonly email: string
}
interface Invoice {
  readonly id: string
  readonly customerId: number
  readonly total: number | string
}

const COLLECTIONS = {
  artists: collection<Artist>(),
  albums: collection<Album>(),
  tracks: collection<Track>({ fields: { likes: 'counter', plays: 'counter' } }),
  customers: collection<Customer>(),
  invoices: collection<Invoice>(),
}

export type ShopClient = SyncLayer<typeof COLLECTIONS>

export function openShopClient(store: string, adapter: BackendAdapter): Promise<ShopClient> {
  return createSyncLayer({
    storage: sqliteStorage({ path: store }),
    adapter,
    collections: COLLECTIONS,
    sync: { retry: { base: 20, max: 200 }, interval: 1_000 },
  })
}

/** What the app's users did. */
export interface AppLedger {
  likes: number
  readonly albums: Set<string>
  readonly invoices: Set<string>
}

/** Edits so many times. Numbers of new records are `index` million and more. */
export async function workInApp(
  client: ShopClient,
  index: number,
  roll: () => number,
  edits: number,
): Promise<AppLedger> {
  const ledger: AppLedger = { likes: 0, albums: new Set(), invoices: new Set() }
  const pick = (most: number): number => 1 + Math.floor(roll() * most)
  let n = index * 1_000_000
  for (let round = 0; round < edits; round++) {
    const kind = roll()
    if (kind < 0.6) {
      await client.collection('tracks').update(String(pick(LASTING.tracks)), (track) => {
        track.likes += 1
      })
      ledger.likes += 1
    } else if (kind < 0.7) {
      const artist = pick(LASTING.artists)
      await client
        .collection('artists')
        .update(String(artist), { name: `Artist ${artist}, by user ${index}, ${round}` })
    } else if (kind < 0.85) {
      const id = String(++n)
      await client.collection('albums').save({ id, artistId: pick(LASTING.artists) })
      ledger.albums.add(id)
    } else {
      // An invoice and the album that it is for, together or not at all.
      const [album, invoice] = [String(++n), String(++n)]
      await client.transaction((tx) => {
        void tx.albums.save({ id: album, title: `Bought ${round}`, artistId: pick(LASTING.artists) })
        void tx.invoices.save({ id: invoice, customerId: pick(LASTING.customers), total: '9.90' })
      })
      ledger.albums.add(album)
      ledger.invoices.add(invoice)
    }
    if (roll() < 0.5) await new Promise((resolve) => setTimeout(resolve, roll() * 30))
  }
  return ledger
}
