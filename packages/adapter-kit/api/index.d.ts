export { MAX_POSITION }
export { NO_MARK }
export { answersIn }
export { applyAtOnce }
export { applyUnit }
export { checkFetch }
export { checkPull }
export { checkPush }
export { checkScope }
export { checkTables }
export { createCursors }
export { createFeedMemory }
export { createGroupCommit }
export { createPage }
export { createPushPlan }
export { createTableMapping }
export { createWatch }
export { cursorExpired }
export { epochChanged }
export { epochOrdinal }
export { formatEpoch }
export { formatVersion }
export { identityOf }
export { isRewound }
export { isStorable }
export { lensesOf }
export { needsRecord }
export { placeAfter }
export { prepareMutation }
export { pushRefusal }
export { randomName }
export { rangesOf }
export { reject }
export { rowToStored }
export { sequenceRow }
export { slicesOf }
export { standingOf }
export { startPlace }
export { stretchAt }
export { tellingAt }
export { throwIfAborted }
export { toPullResponse }
export { toRemoteRecord }
export { tooLarge }
export { type AnswerRun }
export { type Applying }
export { type CheckedTable }
export { type ColumnCodec }
export { type Columns }
export { type Cursors }
export { type FeedHead }
export { type FeedMemory }
export { type FeedPlace }
export { type FeedRow }
export { type FeedState }
export { type ForeignRow }
export { type ForeignState }
export { type GroupCommit }
export { type GroupCommitOptions }
export { type Lens }
export { type Lenses }
export { type MarkOf }
export { type NewState }
export { type NumberRange }
export { type Page }
export { type Prepared }
export { type PullEnd }
export { type PushLookups }
export { type PushPlan }
export { type PushPlanOptions }
export { type PushTerms }
export { type RecordHead }
export { type RecordWrite }
export { type Row }
export { type RowsPerRead }
export { type SavedPlan }
export { type Seal }
export { type Seen }
export { type SequenceContext }
export { type Standing }
export { type StoredAnswer }
export { type StoredRecord }
export { type Stretch }
export { type TableAnswer }
export { type TableColumn }
export { type TableMapping }
export { type TableOptions }
export { type TableStep }
export { type Tables }
export { type TablesOption }
export { type Telling }
export { type Unit }
export { type Verdict }
export { type Walk }
export { type Watch }
export { type WatchOptions }
export { type WriteMark }
export { unitsOf }

export interface AnswerRun {
    readonly clientId: string;
    readonly first: number;
    readonly last: number;
    readonly version: Version;
    readonly identities: string;
}

export type Applying = Generator<TableStep, readonly PushResult[], TableAnswer>;

export interface CheckedTable {
    readonly collection: string;
    readonly schemaName: string | null;
    readonly table: string;
    readonly idColumn: string;
    readonly scope: {
        readonly fixed: string;
    } | {
        readonly column: string;
        readonly prefix: string;
    };
    readonly fields: ReadonlyMap<string, string> | null;
    readonly schema: number;
}

export interface ColumnCodec {
    readonly toJson: (value: unknown) => Json;
    readonly fromJson: (value: Json) => unknown;
    readonly holds: string;
}

export interface Columns {
    readonly names: readonly string[];
    readonly values: readonly unknown[];
}

export interface Cursors {
    encode(scope: string, place: FeedPlace): Cursor;
    decode(scope: string, cursor: unknown): FeedPlace | null;
}

export type FeedHead = Pick<FeedState, 'epoch' | 'head'>;

export interface FeedMemory {
    seen(scope: string): Seen | undefined;
    mark(scope: string, now: number): WriteMark | undefined;
    note(scope: string, feed: Seen, mark?: WriteMark): void;
    forget(scope: string): void;
    dropMarks(): void;
}

export interface FeedPlace {
    readonly epoch: string;
    readonly position: number;
    readonly mark: string;
    readonly walk?: Walk;
}

export type FeedRow = readonly [
    position: number,
    collection: string,
    id: string,
    version: string,
    deleted: 0 | 1,
    time: string,
    schema: number,
    mutation: string | null,
    document: string | null
];

export interface FeedState {
    readonly epoch: string;
    readonly epochStart: number;
    readonly head: number;
    readonly floor: number;
    readonly records: number;
}

export interface ForeignRow {
    readonly table: CheckedTable;
    readonly id: string;
    readonly document: JsonObject | null;
}

export type ForeignState = Pick<StoredRecord, 'collection' | 'id' | 'time' | 'schema' | 'document'>;

export interface GroupCommit<Work, Result> {
    add(scope: string, work: Work, signal: AbortSignal): Promise<Result>;
}

export interface GroupCommitOptions<Work, Result> {
    readonly commit: (scope: string, works: readonly Work[]) => Promise<readonly Result[]>;
    readonly sizeOf: (work: Work) => number;
    readonly most: number;
    readonly gather?: () => Promise<void>;
    readonly answerLater?: (answer: () => void) => void;
}

export interface Lens {
    readonly matches?: (document: JsonObject) => boolean;
    readonly fields?: Projection;
}

export type Lenses = ReadonlyMap<string, Lens>;

export declare const MAX_POSITION: number;

export type MarkOf = (position: number) => string;

export declare const NO_MARK = "-";

export interface NewState {
    readonly document: string | null;
    readonly exists: boolean;
}

export interface NumberRange {
    readonly clientId: string;
    readonly from: number;
    readonly to: number;
}

export interface Page {
    readonly changes: readonly Change[];
    readonly isFull: boolean;
    add(row: FeedRow, telling: Telling): void;
    rowsToRead(): number;
}

export interface Prepared {
    readonly mutation: Mutation;
    readonly n: number;
    readonly time: Hlc;
    readonly document: string | null;
    readonly refusal?: PushOutcome;
}

export interface PullEnd {
    readonly scope: string;
    readonly feed: FeedState;
    readonly place: FeedPlace;
    readonly more: boolean;
    readonly serverTime: number;
}

export interface PushLookups {
    answer(clientId: string, n: number): StoredAnswer | undefined;
    head(collection: string, id: string): RecordHead | undefined;
    record(collection: string, id: string): StoredRecord | undefined;
}

export interface PushPlan {
    judge(terms: PushTerms, prepared: Prepared): Verdict;
    write(terms: PushTerms, prepared: Prepared, state: NewState): Version;
    sequence(state: ForeignState): Version;
    current(collection: string, id: string): StoredRecord | undefined;
    save(): SavedPlan;
    restore(saved: SavedPlan): void;
    readonly head: number;
    readonly records: number;
    readonly recordWrites: readonly RecordWrite[];
    readonly answerRuns: readonly AnswerRun[];
}

export interface PushPlanOptions {
    readonly feed: FeedState;
    readonly lookups: PushLookups;
    readonly mark: string;
    readonly maxRecordBytes: number;
}

export interface PushTerms {
    readonly clientId: string;
    readonly fields: Readonly<Record<string, Projection>>;
    readonly refusal: PushOutcome | undefined;
}

export interface RecordHead {
    readonly version: Version;
    readonly deleted: boolean;
}

export interface RecordWrite extends StoredRecord {
    readonly position: number;
    readonly exists: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

export interface RowsPerRead {
    readonly first: number;
    readonly least: number;
    readonly most: number;
    readonly bytes: number;
}

export interface SavedPlan {
    readonly head: number;
    readonly records: number;
    readonly steps: number;
}

export type Seal = (text: string) => string;

export type Seen = Pick<FeedState, 'epoch' | 'head'>;

export interface SequenceContext {
    readonly now: number;
    readonly maxRecordBytes: number;
    readonly logger: Logger;
}

export type Standing = 'good' | 'expired' | 'foreign' | 'lost';

export interface StoredAnswer {
    readonly identity: string;
    readonly version: Version;
}

export interface StoredRecord {
    readonly collection: string;
    readonly id: string;
    readonly version: string;
    readonly deleted: boolean;
    readonly time: string;
    readonly schema: number;
    readonly mutation: string | null;
    readonly document: string | null;
}

export interface Stretch {
    readonly from: number;
    readonly cap: number;
}

export type TableAnswer = {
    readonly document: string | null;
} | {
    readonly refusal: PushOutcome;
} | undefined;

export interface TableColumn {
    readonly name: string;
    readonly codec: ColumnCodec;
    readonly isWritable: boolean;
}

export interface TableMapping {
    readonly table: CheckedTable;
    readonly columns: readonly string[];
    scopeOf(row: Row): string | null;
    toDocument(row: Row): JsonObject;
    toColumns(scope: string, document: JsonObject, before: JsonObject | null): Columns | {
        readonly refusal: PushOutcome;
    };
}

export interface TableOptions {
    readonly table: string | readonly [
        schema: string,
        name: string
    ];
    readonly id: string;
    readonly scope?: string | {
        readonly column: string;
        readonly prefix?: string;
    };
    readonly fields?: Readonly<Record<string, string>>;
    readonly schema?: number;
}

export type TableStep = {
    readonly do: 'savepoint' | 'release' | 'rollback';
} | {
    readonly do: 'store';
    readonly prepared: Prepared;
    readonly document: string | null;
    readonly exists: boolean;
};

export type Tables = Pick<ReadonlySet<string>, 'has'>;

export type TablesOption = Readonly<Record<string, TableOptions>>;

export interface Telling {
    readonly snapshot: boolean;
    readonly tombstones: boolean;
}

export type Unit = readonly Prepared[];

export type Verdict = {
    readonly outcome: PushOutcome;
} | ({
    readonly outcome?: undefined;
} & NewState);

export interface Walk {
    readonly to: number;
    readonly rows: number;
}

export interface Watch {
    add(request: SubscribeRequest, place: FeedPlace | null, wake: (wake: Wake) => void): Subscription;
    hint(scope?: string): void;
    at(scope: string, head: FeedHead): void;
    close(): void;
}

export interface WatchOptions {
    readonly heads: (scopes: readonly string[]) => Promise<ReadonlyMap<string, FeedHead>>;
    readonly mayHaveNews?: () => boolean;
    readonly pollIntervalMs: number;
}

export interface WriteMark {
    readonly name: string;
    readonly madeAt: number;
}

export declare function answersIn(runs: Iterable<AnswerRun>): (clientId: string, n: number) => StoredAnswer | undefined;

export declare function applyAtOnce(plan: PushPlan, terms: PushTerms, unit: Unit): readonly PushResult[];

export declare function applyUnit(plan: PushPlan, terms: PushTerms, unit: Unit, tables: Tables): Applying;

export declare function checkFetch({ scope, collection, ids }: FetchRequest): void;

export declare function checkPull({ scope, collections, limit }: PullRequest): void;

export declare function checkPush({ scope, clientId, settled, epoch, mutations }: PushRequest): void;

export declare function checkScope(scope: unknown): void;

export declare function checkTables(tables: TablesOption | undefined, invalid: (option: string, reason: string) => Error): readonly CheckedTable[];

export declare function createCursors(seal: Seal): Cursors;

export declare function createFeedMemory(): FeedMemory;

export declare function createGroupCommit<Work, Result>({ commit, sizeOf, most, gather, answerLater, }: GroupCommitOptions<Work, Result>): GroupCommit<Work, Result>;

export declare function createPage(lenses: Lenses, limit: number, rowsPerRead?: RowsPerRead): Page;

export declare function createPushPlan({ feed, lookups, mark, maxRecordBytes }: PushPlanOptions): PushPlan;

export declare function createTableMapping(table: CheckedTable, columns: readonly TableColumn[], invalid: (member: string, reason: string) => Error): TableMapping;

export declare function createWatch({ heads, mayHaveNews, pollIntervalMs }: WatchOptions): Watch;

export declare function cursorExpired(): SyncError;

export declare function epochChanged(): SyncError;

export declare function epochOrdinal(epoch: string): number;

export declare function formatEpoch(ordinal: number, name: string): string;

export declare function formatVersion(epoch: string, position: number, mark: string): Version;

export declare function identityOf({ time, kind, collection, recordId }: Mutation): string;

export declare function isRewound(feed: FeedState, seen: Seen | undefined): boolean;

export declare function isStorable(json: string): boolean;

export declare function lensesOf(collections: readonly PullCollection[]): Lenses;

export declare function needsRecord({ kind, base }: Mutation, head: RecordHead | undefined): boolean;

export declare function placeAfter(place: FeedPlace, at: number, rows: number, markOf: MarkOf): FeedPlace;

export declare function prepareMutation(sent: Mutation, clientId: string, now: number, maxBytes: number): Prepared;

export declare function pushRefusal(feed: FeedState, standing: Standing, clientEpoch: string): PushOutcome | undefined;

export declare function randomName(random: Random): string;

export declare function rangesOf(sent: Iterable<{
    readonly clientId: string;
    readonly n: number;
}>): readonly NumberRange[];

export declare function reject(code: ErrorCode, reason: string): PushOutcome;

export declare function rowToStored(row: FeedRow): StoredRecord;

export declare function sequenceRow(plan: PushPlan, { table: { collection, schema }, id, document }: ForeignRow, { now, maxRecordBytes, logger }: SequenceContext): void;

export declare function slicesOf(units: readonly Unit[], most: number): readonly (readonly Unit[])[];

export declare function standingOf(feed: FeedState, place: FeedPlace | null, markOf: (position: number) => string | undefined): Standing;

export declare function startPlace({ epoch, head }: FeedState, limit: number, markOf: MarkOf): FeedPlace;

export declare function stretchAt({ head }: FeedState, place: FeedPlace): Stretch;

export declare function tellingAt({ epochStart }: FeedState, { walk }: FeedPlace): Telling;

export declare function throwIfAborted(signal: AbortSignal | null): void;

export declare function toPullResponse({ changes }: Pick<Page, 'changes'>, cursors: Cursors, { scope, feed, place, more, serverTime }: PullEnd): PullResponse;

export declare function toRemoteRecord({ collection, id, version, deleted, time, schema, mutation, document }: StoredRecord, fields: Projection | undefined): RemoteRecord;

export declare function tooLarge(document: string, maxBytes: number): PushOutcome | undefined;

export declare function unitsOf(prepared: readonly Prepared[]): readonly Unit[];

