export { SyncLayerProvider }
export { type AnyClient }
export { type LoadedResult }
export { type OutboxResult }
export { type QueryResult }
export { type Register }
export { type RegisteredClient }
export { type SyncLayerProviderProps }
export { useDocument }
export { useOutbox }
export { useQuery }
export { useSuspenseDocument }
export { useSuspenseQuery }
export { useSyncLayer }
export { useSyncStatus }

export type AnyClient = Pick<SyncLayer, 'status' | 'outbox' | 'on'>;

export type ClientOf<Registered> = Registered extends {
    readonly client: infer Client extends AnyClient;
} ? Client : SyncLayer;

export interface LoadedResult<Data> extends QueryResult<Data> {
    readonly data: Data;
    readonly loading: false;
    readonly stale: false;
}

export type OutboxResult = Pick<QueryResult<readonly OutboxItem[]>, 'data' | 'loading' | 'error'>;

export interface QueryResult<Data> {
    readonly data: Data | undefined;
    readonly loading: boolean;
    readonly stale: boolean;
    readonly complete: boolean;
    readonly error: SyncError | undefined;
}

export interface Register {
}

export type RegisteredClient = ClientOf<Register>;

export declare function SyncLayerProvider({ client, children }: SyncLayerProviderProps): ReactElement;

export interface SyncLayerProviderProps {
    readonly client: AnyClient;
    readonly children?: ReactNode;
}

export declare function useDocument<Document, Input>(collection: Collection<Document, Input> | null, id: string | null | undefined): QueryResult<Readonly<Stored<Document>>>;

export declare function useOutbox(): OutboxResult;

export declare function useQuery<Document>(query: Query<Document> | null): QueryResult<readonly Readonly<Document>[]>;
export declare function useQuery<Document, Input>(collection: Collection<Document, Input> | null): QueryResult<readonly Readonly<Stored<Document>>[]>;

export declare function useSuspenseDocument<Document, Input>(collection: Collection<Document, Input>, id: string): LoadedResult<Readonly<Stored<Document>> | undefined>;

export declare function useSuspenseQuery<Document>(query: Query<Document>): LoadedResult<readonly Readonly<Document>[]>;
export declare function useSuspenseQuery<Document, Input>(collection: Collection<Document, Input>): LoadedResult<readonly Readonly<Stored<Document>>[]>;

export declare function useSyncLayer<Client extends AnyClient = RegisteredClient>(): Client;

export declare function useSyncStatus(): SyncStatus;

